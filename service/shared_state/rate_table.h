// SPDX-License-Identifier: GPL-3.0-or-later
// How often things have happened lately, for each of very many keys, in memory that does not grow.
#pragma once

#include "base/clock.h"
#include "base/keyed_hash.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <vector>

namespace mainstay::shared_state {

// Shared. Each key has what amounts to a bucket of tokens, as GCRA has it (ITU-T I.371): one number, the time at which
// the bucket will be full again. Where there is no room for a key, that of its neighbours goes which is full again
// first: whoever has used up the most is remembered the longest. Never allocates once it is made.
class RateTable {
public:
    struct Rate {
        std::chrono::nanoseconds interval{0};  // from one to the next
        std::chrono::nanoseconds tolerance{0}; // by how much they may come too early: (burst - 1) times that
    };

    static constexpr std::size_t kKeys = std::size_t{1} << 16; // 1 MiB

    // `keys`: a power of two, from 8 on.
    explicit RateTable(std::size_t keys = kKeys);
    RateTable(const RateTable &) = delete;
    RateTable &operator=(const RateTable &) = delete;

    // `scope` tells apart what is counted for the same text.
    [[nodiscard]] std::uint64_t key(std::uint64_t scope, std::string_view text) const noexcept;

    // Counts one and returns zero, or how long it is until one may be counted.
    [[nodiscard]] std::chrono::nanoseconds take(std::uint64_t key, const Rate &rate, SteadyTime now) noexcept;
    // Takes back what take() counted.
    void giveBack(std::uint64_t key, const Rate &rate) noexcept;

private:
    static constexpr std::size_t kWays = 8; // two cache lines
    static constexpr std::size_t kLocks = 64;

    struct Entry {
        std::uint64_t key = 0; // 0 for none
        std::int64_t full = 0; // when the bucket is, in nanoseconds of the steady clock
    };
    struct alignas(128) Neighbours {
        std::array<Entry, kWays> entries;
    };
    struct alignas(64) Lock {
        std::mutex mutex;
    };

    [[nodiscard]] std::size_t placeOf(std::uint64_t key) const noexcept { return key & (m_table.size() - 1); }
    [[nodiscard]] Neighbours &neighboursOf(std::uint64_t key) noexcept { return m_table[placeOf(key)]; }
    [[nodiscard]] std::mutex &lockOf(std::uint64_t key) noexcept { return m_locks[placeOf(key) % kLocks].mutex; }

    const KeyedHash m_hash;
    std::vector<Neighbours> m_table;
    std::array<Lock, kLocks> m_locks;
};

} // namespace mainstay::shared_state
