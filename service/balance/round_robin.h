// SPDX-License-Identifier: GPL-3.0-or-later
// Servers in turn, each as often as its weight says, and the turns of a heavy one spread out ("smooth" weighted).
#pragma once

#include "balance/candidates.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace mainstay::balance {

// Worker thread. With weights 5, 1, 1 the order is a a b a c a a. One pass over the servers a pick.
class RoundRobin {
public:
    // `phase`: where the first turn starts, so that workers which share servers do not all begin with the first.
    explicit RoundRobin(std::size_t phase = 0) noexcept : m_phase(phase) {}

    // Nothing when no server is eligible. Turns that a server missed are not made up for later. Another number of
    // servers than last time starts anew.
    template <Candidates Servers>
    [[nodiscard]] std::optional<std::size_t> pick(const Servers &servers)
    {
        const std::size_t count = servers.size();
        if (m_credits.size() != count)
            m_credits.assign(count, 0);
        std::int64_t total = 0;
        std::optional<std::size_t> best;
        for (std::size_t step = 0, i = count == 0 ? 0 : m_phase % count; step < count; ++step, i = next(i, count)) {
            const std::int64_t weight = servers.eligible(i) ? servers.weight(i) : 0;
            if (weight == 0)
                continue;
            m_credits[i] += weight;
            total += weight;
            if (!best || m_credits[i] > m_credits[*best])
                best = i;
        }
        if (best)
            m_credits[*best] -= total;
        return best;
    }

private:
    static std::size_t next(std::size_t i, std::size_t count) noexcept { return i + 1 == count ? 0 : i + 1; }

    // Each eligible server earns its weight at every pick; the picked one pays what all of them earned.
    std::vector<std::int64_t> m_credits;
    std::size_t m_phase;
};

} // namespace mainstay::balance
