// SPDX-License-Identifier: GPL-3.0-or-later
// The one grid that everything stands on.
#pragma once

namespace mainstay::look {

// Device-independent pixels; every distance is a multiple of it, or half of it inside a control.
inline constexpr int kUnit = 8;
inline constexpr int kRowHeight = 4 * kUnit;
inline constexpr int kIconSize = 2 * kUnit;

} // namespace mainstay::look
