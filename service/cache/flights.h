// SPDX-License-Identifier: GPL-3.0-or-later
// What is being fetched, by whom, and who waits for it: one fetch serves all that ask meanwhile.
#pragma once

#include "base/clock.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mainstay::cache {

// Shared. A flight is known by a number that requests for the same have in common.
class Flights {
public:
    // Any thread, with a lock held: it may do no more than tell another thread.
    using Wake = std::function<void()>;

    struct Name {
        std::uint64_t hash = 0; // of the key's text
        std::uint64_t flight = 0;
    };
    // What a fetch is likely to bring, by what came of one lately.
    enum class Outlook : std::uint8_t {
        good,
        nothing, // that others may be given: nobody needs to wait for it
        trouble, // likewise, since servers are not there or have failed
    };

private:
    struct Flight {
        std::uint64_t hash = 0;
        bool isDoomed = false;
        std::vector<std::pair<std::uint64_t, Wake>> waiters;
    };

public:
    // Any thread, one owner. The fetch is under way as long as this lives; then all that wait are woken. It must not
    // outlive the flights.
    class Lead {
    public:
        Lead() = default;
        Lead(Lead &&other) noexcept : m_flights(std::exchange(other.m_flights, nullptr)), m_name(other.m_name) {}
        Lead &operator=(Lead &&other) noexcept
        {
            std::swap(m_flights, other.m_flights);
            std::swap(m_name, other.m_name);
            return *this;
        }
        ~Lead() { end(); }

        [[nodiscard]] explicit operator bool() const noexcept { return m_flights != nullptr; }
        // Whether what it brings is out of date already, and must not be kept.
        [[nodiscard]] bool isDoomed() const { return m_flights->isDoomed(m_name); }
        [[nodiscard]] std::uint64_t hash() const noexcept { return m_name.hash; }
        // Holds until then, and is good afterwards.
        void setOutlook(Outlook outlook, SteadyTime until = {}) const { m_flights->setOutlook(m_name, outlook, until); }
        void end() noexcept
        {
            if (m_flights)
                std::exchange(m_flights, nullptr)->end(m_name);
        }

    private:
        friend class Flights;
        Lead(Flights &flights, Name name) noexcept : m_flights(&flights), m_name(name) {}

        Flights *m_flights = nullptr;
        Name m_name;
    };

    // False when another one is under way.
    [[nodiscard]] Lead lead(Name name);
    // Has `wake` called when the flight ends. A ticket for leave(); 0 when there is none to wait for.
    [[nodiscard]] std::uint64_t wait(Name name, Wake wake);
    // When this returns, `wake` has been called or never will be.
    void leave(Name name, std::uint64_t ticket);
    [[nodiscard]] Outlook outlook(Name name, SteadyTime now);

    // What is under way is not to be kept: all that has to do with that key, or everything.
    void doom(std::uint64_t hash);
    void doomAll();

private:
    static constexpr std::size_t kShards = 16;
    static constexpr std::size_t kMarks = 256; // in each; one of another name takes the place

    struct Mark {
        std::uint64_t flight = 0;
        SteadyTime until;
        Outlook outlook = Outlook::good;
    };
    struct alignas(64) Shard {
        std::mutex mutex;
        std::unordered_map<std::uint64_t, Flight> flights;
        std::array<Mark, kMarks> marks;
    };

    [[nodiscard]] Shard &shardOf(Name name) noexcept { return m_shards[(name.hash >> 32) % kShards]; }
    [[nodiscard]] bool isDoomed(Name name);
    void setOutlook(Name name, Outlook outlook, SteadyTime until);
    void end(Name name) noexcept;

    std::array<Shard, kShards> m_shards;
    std::atomic<std::uint64_t> m_tickets = 0;
};

} // namespace mainstay::cache
