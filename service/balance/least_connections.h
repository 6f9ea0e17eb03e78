// SPDX-License-Identifier: GPL-3.0-or-later
// The server with the fewest requests in flight for its weight.
#pragma once

#include "balance/candidates.h"
#include "balance/round_robin.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace mainstay::balance {

// Worker thread. Servers that are equally busy, as all idle ones are, take weighted turns.
class LeastConnections {
public:
    explicit LeastConnections(std::size_t phase = 0) noexcept : m_turns(phase) {}

    // Nothing when no server is eligible. Looks at each server once: what other workers change meanwhile cannot make
    // one part of the choice contradict another.
    template <CountedCandidates Servers>
    [[nodiscard]] std::optional<std::size_t> pick(const Servers &servers)
    {
        m_loads.clear();
        const Load *best = nullptr;
        for (std::size_t i = 0; i < servers.size(); ++i)
            m_loads.push_back({servers.eligible(i) ? servers.weight(i) : 0, servers.inFlight(i)});
        for (const Load &load : m_loads) {
            if (load.weight > 0 && (!best || best->isBusierThan(load)))
                best = &load;
        }
        if (!best)
            return std::nullopt;
        return m_turns.pick(LeastBusy{m_loads, *best});
    }

private:
    struct Load {
        std::uint32_t weight = 0; // 0: gets nothing
        std::uint32_t inFlight = 0;

        // For its weight; cross-multiplied to stay exact.
        [[nodiscard]] bool isBusierThan(const Load &other) const noexcept
        {
            return std::uint64_t{inFlight} * other.weight > std::uint64_t{other.inFlight} * weight;
        }
    };
    // The servers that are no busier than the best one.
    struct LeastBusy {
        const std::vector<Load> &loads;
        const Load &best;

        [[nodiscard]] std::size_t size() const noexcept { return loads.size(); }
        [[nodiscard]] bool eligible(std::size_t i) const noexcept { return !loads[i].isBusierThan(best); }
        [[nodiscard]] std::uint32_t weight(std::size_t i) const noexcept { return loads[i].weight; }
    };

    std::vector<Load> m_loads; // of this pick; the capacity is kept
    RoundRobin m_turns;
};

} // namespace mainstay::balance
