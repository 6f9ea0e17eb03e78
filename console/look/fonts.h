// SPDX-License-Identifier: GPL-3.0-or-later
// The desktop's own font, in the few sizes the console needs.
#pragma once

#include <QFont>

namespace mainstay::look {

[[nodiscard]] QFont titleFont();  // of a page
[[nodiscard]] QFont figureFont(); // a value that is read from afar
[[nodiscard]] QFont smallFont();  // ticks, hints
[[nodiscard]] QFont strongFont();
[[nodiscard]] QFont monoFont(); // logs, SQL

} // namespace mainstay::look
