// SPDX-License-Identifier: GPL-3.0-or-later
// The last lines of a file that may be large.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace mainstay::logs {

struct Tail {
    std::vector<std::string> lines; // without their newlines, oldest first
    std::uint64_t end = 0;          // where in the file the last of them ends
};

// Any thread that may block on a disk. The last `lines` whole lines; fewer when they take more than `maxBytes`, of
// which no more are read. A last line without newline is still being written and left out. Fails with "log.read".
[[nodiscard]] Result<Tail> tailFile(const std::string &path, std::size_t lines, std::size_t maxBytes);

} // namespace mainstay::logs
