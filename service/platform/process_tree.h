// SPDX-License-Identifier: GPL-3.0-or-later
// The processes below a process, and what they use.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace mainstay::platform {

// Any thread. Every descendant, parents before their children, the process itself not among them. Processes come and go
// meanwhile: one that has just been made may be missing.
[[nodiscard]] std::vector<int> descendantsOf(int process);

struct ProcessUse {
    std::chrono::milliseconds processorTime{0};
    std::chrono::milliseconds collectedTime{0}; // of its children that have ended and were waited for, and of theirs
    // Bytes; what it shares with files left out. Of memory that processes share, each has its part, or, where this
    // process may not know it, all.
    std::uint64_t memory = 0;
};

// Nothing when it is gone.
[[nodiscard]] std::optional<ProcessUse> useOf(int process);

} // namespace mainstay::platform
