// SPDX-License-Identifier: GPL-3.0-or-later
// How long one connection may keep its worker.
#pragma once

#include <cstddef>

namespace mainstay::http {

// Bytes after which others get a turn, when both ends are so fast that nothing is ever waited for.
inline constexpr std::size_t kMostInARow = std::size_t{512} * 1024;

} // namespace mainstay::http
