// SPDX-License-Identifier: GPL-3.0-or-later
// What a table of the console shows: rows of cells, perhaps with rows below them.
#pragma once

#include <QMetaType>
#include <QString>

#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

namespace mainstay::models {

// What a cell says besides its text; a view gives the first five a sign of their own, so that colour is never all.
enum class Tone : std::uint8_t { plain, good, warning, bad, waiting, faint, strong };

// Immutable.
struct Cell {
    QString text;
    Tone tone = Tone::plain;
    QString toolTip;                  // empty: the text itself
    std::optional<double> value = {}; // what a column is sorted by, where the text does not tell

    friend bool operator==(const Cell &, const Cell &) = default;
};

// A cell with a figure; `value` may be unknown (NaN).
[[nodiscard]] inline Cell figure(QString text, double value, Tone tone = Tone::plain, QString toolTip = {})
{
    return {std::move(text), tone, std::move(toolTip), std::isnan(value) ? std::nullopt : std::optional(value)};
}

template <class Integer>
[[nodiscard]] Cell count(Integer number, Tone tone = Tone::plain, QString toolTip = {})
{
    return figure(QString::number(number), static_cast<double>(number), tone, std::move(toolTip));
}

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
    bool stretches = false;   // takes what is left
    bool dispensable = false; // hidden where there is no room for all
};

} // namespace mainstay::models

Q_DECLARE_METATYPE(mainstay::models::Tone)
