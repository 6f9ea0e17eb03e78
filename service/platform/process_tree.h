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
    std::uint64_t memory = 0; // bytes of its own, what it shares with files left out
};

// Nothing when it is gone.
[[nodiscard]] std::optional<ProcessUse> useOf(int process);

} // namespace mainstay::platform
