// SPDX-License-Identifier: GPL-3.0-or-later
// The server with the fewest requests in flight for its weight.
#pragma once

#include "balance/candidates.h"
#include "balance/round_robin.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace mainstay::balance {

// Worker thread. Servers that are equally busy, as all idle ones are, take weighted turns.
class LeastConnections {
public:
    explicit LeastConnections(std::size_t phase = 0) noexcept : m_turns(phase) {}

    // Nothing when no server is eligible.
    template <CountedCandidates Servers>
    [[nodiscard]] std::optional<std::size_t> pick(const Servers &servers)
    {
        std::optional<std::size_t> best;
        const std::size_t count = servers.size();
        for (std::size_t i = 0; i < count; ++i) {
            if (servers.eligible(i) && servers.weight(i) > 0 && (!best || isBusier(servers, *best, i)))
                best = i;
        }
        if (!best)
            return std::nullopt;
        return m_turns.pick(Equals<Servers>{servers, *best});
    }

private:
    // Whether `left` has more in flight for its weight than `right`; cross-multiplied to stay exact.
    template <class Servers>
    static bool isBusier(const Servers &servers, std::size_t left, std::size_t right)
    {
        return std::uint64_t{servers.inFlight(left)} * servers.weight(right) >
               std::uint64_t{servers.inFlight(right)} * servers.weight(left);
    }

    // The servers that are no busier than the least busy one.
    template <class Servers>
    struct Equals {
        const Servers &servers;
        std::size_t best;

        [[nodiscard]] std::size_t size() const { return servers.size(); }
        [[nodiscard]] bool eligible(std::size_t i) const { return servers.eligible(i) && !isBusier(servers, i, best); }
        [[nodiscard]] std::uint32_t weight(std::size_t i) const { return servers.weight(i); }
    };

    RoundRobin m_turns;
};

} // namespace mainstay::balance
