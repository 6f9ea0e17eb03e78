// SPDX-License-Identifier: GPL-3.0-or-later
// How much of something clients have under way, in memory that does not grow.
#pragma once

#include "base/keyed_hash.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace mainstay::shared_state {

// Shared. Never allocates once it is made. Outlives its holds.
class ClientCounts {
public:
    // One that is under way, until it is destroyed.
    class Hold {
    public:
        Hold() = default;
        Hold(Hold &&other) noexcept
            : m_counts(std::exchange(other.m_counts, nullptr)), m_key(other.m_key), m_place(other.m_place)
        {}
        Hold &operator=(Hold &&other) noexcept
        {
            std::swap(m_counts, other.m_counts);
            std::swap(m_key, other.m_key);
            std::swap(m_place, other.m_place);
            return *this;
        }
        ~Hold()
        {
            if (m_counts)
                m_counts->leave(m_key, m_place);
        }

    private:
        friend class ClientCounts;
        Hold(ClientCounts &counts, std::uint64_t key, std::uint32_t place)
            : m_counts(&counts), m_key(key), m_place(place)
        {}

        ClientCounts *m_counts = nullptr; // null where nothing is counted
        std::uint64_t m_key = 0;
        std::uint32_t m_place = 0; // among its neighbours
    };

    static constexpr std::size_t kKeys = std::size_t{1} << 16; // 1 MiB

    // `keys`: a power of two, from 8 on.
    explicit ClientCounts(std::size_t keys = kKeys);
    ClientCounts(const ClientCounts &) = delete;
    ClientCounts &operator=(const ClientCounts &) = delete;

    // `scope` tells apart what is counted for the same text.
    [[nodiscard]] std::uint64_t key(std::uint64_t scope, std::string_view text) const noexcept;
    // Counts one more, unless there are `most`: then nothing. Where all places for the key are taken by others that are
    // under way, which takes tens of thousands of clients, it is let in and not counted.
    [[nodiscard]] std::optional<Hold> enter(std::uint64_t key, std::uint32_t most) noexcept;

private:
    static constexpr std::size_t kWays = 8; // two cache lines
    static constexpr std::size_t kLocks = 64;

    struct Entry {
        std::uint64_t key = 0;
        std::uint32_t count = 0; // 0: the place is free
    };
    struct alignas(128) Neighbours {
        std::array<Entry, kWays> entries;
    };
    struct alignas(64) Lock {
        std::mutex mutex;
    };

    void leave(std::uint64_t key, std::uint32_t place) noexcept;
    [[nodiscard]] std::size_t placeOf(std::uint64_t key) const noexcept { return key & (m_table.size() - 1); }
    [[nodiscard]] Neighbours &neighboursOf(std::uint64_t key) noexcept { return m_table[placeOf(key)]; }
    [[nodiscard]] std::mutex &lockOf(std::uint64_t key) noexcept { return m_locks[placeOf(key) % kLocks].mutex; }

    const KeyedHash m_hash;
    std::vector<Neighbours> m_table;
    std::array<Lock, kLocks> m_locks;
};

} // namespace mainstay::shared_state
