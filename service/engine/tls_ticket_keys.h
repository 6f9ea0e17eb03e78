// SPDX-License-Identifier: GPL-3.0-or-later
// The keys that seal session tickets, made anew from time to time: who learns one reads the resumptions of its time
// only.
#pragma once

#include "base/clock.h"

#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>

namespace mainstay::engine {

// Any thread.
class TlsTicketKeys {
public:
    static constexpr std::size_t kNameSize = 16;

    struct Key {
        std::array<unsigned char, kNameSize> name;
        std::array<unsigned char, 32> cipher;
        std::array<unsigned char, 32> mac;
        SteadyTime made;
        bool isNewest = true;

        Key() = default;
        Key(const Key &) = default;
        Key &operator=(const Key &) = default;
        ~Key(); // wiped
    };

    // A key seals for half of `lifetime`, and opens what it sealed for all of it.
    explicit TlsTicketKeys(Seconds lifetime) : m_lifetime(lifetime) {}

    // The key that seals; nothing when no random numbers are to be had.
    [[nodiscard]] std::optional<Key> newest(SteadyTime now);
    // The key of that name, unless what it sealed is too old by now.
    [[nodiscard]] std::optional<Key> find(std::span<const unsigned char> name, SteadyTime now);

private:
    void dropOld(SteadyTime now);

    const Seconds m_lifetime;
    std::mutex m_mutex;
    std::deque<Key> m_keys; // the newest first
};

} // namespace mainstay::engine
