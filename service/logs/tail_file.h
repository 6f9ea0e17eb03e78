// SPDX-License-Identifier: GPL-3.0-or-later
// The last lines of a file that may be large.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <vector>

namespace mainstay::logs {

// Any thread that may block on a disk. The last `lines` whole lines without their newlines, oldest first; fewer when
// they take more than `maxBytes`, of which no more are read. A last line without newline is still being written and
// left out. Fails with "log.read".
[[nodiscard]] Result<std::vector<std::string>> tailFile(const std::string &path, std::size_t lines,
                                                        std::size_t maxBytes);

} // namespace mainstay::logs
