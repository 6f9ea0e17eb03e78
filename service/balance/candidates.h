// SPDX-License-Identifier: GPL-3.0-or-later
// What a policy may ask about the servers it picks from. The caller shows its own data through this, without copies.
#pragma once

#include <cstddef>
#include <cstdint>

#include <concepts> // moc 6.4 cannot read it as the first standard header

namespace mainstay::balance {

// Servers numbered from 0. A server that is down, drained, full or was already tried for this request is not
// eligible. A weight of 0 takes no requests either. A pick asks each once: other workers change the answers meanwhile.
template <class T>
concept Candidates = requires(const T &servers, std::size_t i) {
    std::size_t{servers.size()};
    bool{servers.eligible(i)};
    std::uint32_t{servers.weight(i)};
};

// The same, where requests in flight are counted.
template <class T>
concept CountedCandidates =
    Candidates<T> && requires(const T &servers, std::size_t i) { std::uint32_t{servers.inFlight(i)}; };

} // namespace mainstay::balance
