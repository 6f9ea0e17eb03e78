// SPDX-License-Identifier: GPL-3.0-or-later
// What a table of the console shows: rows of cells, perhaps with rows below them.
#pragma once

#include <QMetaType>
#include <QString>

#include <cstdint>
#include <vector>

namespace mainstay::models {

// What a cell says besides its text; a view gives the first five a sign of their own, so that colour is never all.
enum class Tone : std::uint8_t { plain, good, warning, bad, waiting, faint, strong };

// Immutable.
struct Cell {
    QString text;
    Tone tone = Tone::plain;
    QString toolTip; // empty: the text itself

    friend bool operator==(const Cell &, const Cell &) = default;
};

// Immutable. `key` is unique among its siblings and stays the same from one status to the next.
struct Row {
    QString key;
    std::vector<Cell> cells;
    std::vector<Row> children;

    friend bool operator==(const Row &, const Row &) = default;
};

enum class Align : std::uint8_t { left, right };

// Immutable. `sample` is a text as wide as the column is likely to need, so that widths stand still while figures move.
struct Column {
    QString title;
    QString sample;
    Align align = Align::left;
    bool stretches = false; // takes what is left
};

} // namespace mainstay::models

Q_DECLARE_METATYPE(mainstay::models::Tone)
