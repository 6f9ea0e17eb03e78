// SPDX-License-Identifier: GPL-3.0-or-later
// Holds a tree of processes to a share of the processor.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <map>
#include <span>

namespace mainstay::guard {

// One thread. Stops the processes when they have used up what they may, and lets them go on once that has grown again:
// what a kernel's bandwidth control does for a control group, for where there is none.
class CpuLimiter {
public:
    // `percent` of one core; `root` is the process that the tree is below, and whose own time does not count.
    CpuLimiter(std::uint32_t percent, int root) : m_percent(percent), m_root(root) {}

    // To be called about every kPeriod, with all processes of the tree, parents before their children.
    void tick(std::span<const int> processes, SteadyTime now);
    // Lets them go on, for good.
    void release(std::span<const int> processes);

    static constexpr Milliseconds kPeriod{50};

private:
    // What may be saved up, so that a short burst is not slowed.
    static constexpr Milliseconds kMostCredit{200};

    struct Times {
        Milliseconds own{0};
        Milliseconds collected{0}; // of children that it has waited for
    };

    [[nodiscard]] Milliseconds usedSince(std::span<const int> processes);

    std::uint32_t m_percent;
    int m_root;
    std::map<int, Times> m_used;   // by process
    Milliseconds m_uncollected{0}; // what was counted of those that were gone at the last tick and not collected yet
    Milliseconds m_credit = kMostCredit;
    SteadyTime m_last{};
    bool m_stopped = false;
};

} // namespace mainstay::guard
