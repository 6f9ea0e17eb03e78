// SPDX-License-Identifier: GPL-3.0-or-later
// The colours of the console, light and dark.
#pragma once

#include "models/row.h"

#include <QColor>
#include <QPalette>

namespace mainstay::look {

// Immutable.
struct Colours {
    bool dark = false;
    QColor window;
    QColor side;   // navigation, status bar
    QColor card;   // what content stands on
    QColor raised; // buttons, hovered rows
    QColor line;   // borders, grids
    QColor text;
    QColor muted;
    QColor accent;
    QColor onAccent;
    QColor good;
    QColor warning;
    QColor bad;
    QColor violet; // of charts, as are the next
    QColor teal;
    QColor amber;

    [[nodiscard]] QColor of(models::Tone tone) const;
    [[nodiscard]] QPalette palette() const;
};

[[nodiscard]] const Colours &lightColours();
[[nodiscard]] const Colours &darkColours();
// Those that the palette was made from.
[[nodiscard]] const Colours &coloursOf(const QPalette &palette);
// What lies `share` of the way from one to the other.
[[nodiscard]] QColor between(const QColor &from, const QColor &to, double share);

} // namespace mainstay::look
