// SPDX-License-Identifier: GPL-3.0-or-later
// What this process uses of the machine.
#pragma once

#include <cstdint>

namespace mainstay::control {

struct ProcessUsage {
    double cpuSeconds = 0; // of all threads, user and system
    std::uint64_t rssBytes = 0;
};

// Any thread. What cannot be read is 0.
[[nodiscard]] ProcessUsage processUsage();

// Any thread. How many files and sockets the process may have open at a time.
[[nodiscard]] std::uint64_t mostDescriptors();

} // namespace mainstay::control
