// SPDX-License-Identifier: GPL-3.0-or-later
// Icons by their file in console/icons, in the colour of the text they stand beside, whichever palette is on.
#pragma once

#include "models/row.h"

#include <QIcon>
#include <QPixmap>

namespace mainstay::look {

// In the colour of the tone. Follows a change of the palette by itself.
[[nodiscard]] QIcon icon(const QString &name, models::Tone tone = models::Tone::plain);
// The sign that a tone is shown with besides its colour; empty for those without.
[[nodiscard]] QString signOf(models::Tone tone);
// One colour, at a size in device-independent pixels. Cached.
[[nodiscard]] QPixmap tinted(const QString &name, const QColor &colour, int size, qreal scale);

} // namespace mainstay::look
