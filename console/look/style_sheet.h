// SPDX-License-Identifier: GPL-3.0-or-later
// The shapes of the console's own widgets. Everything else is Fusion with our palette.
#pragma once

#include "look/colours.h"

#include <QString>

namespace mainstay::look {

// For the application. Widgets are known by the dynamic property "look": card, navigation, banner, mono, ...
[[nodiscard]] QString styleSheet(const Colours &colours);

} // namespace mainstay::look
