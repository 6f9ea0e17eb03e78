// SPDX-License-Identifier: GPL-3.0-or-later
// Answers that are kept, for all workers: in memory, and on the disk where it has one.
#pragma once

#include "base/clock.h"
#include "base/counter.h"
#include "base/keyed_hash.h"
#include "base/result.h"
#include "cache/disk_tier.h"
#include "cache/flights.h"
#include "cache/table.h"
#include "shared_state/per_worker.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace mainstay::cache {

// Shared: written by its worker. What became of requests.
struct Counts {
    Counter hits;        // answered with what was fresh
    Counter stale;       // or with what was not, and had to do
    Counter revalidated; // or with what was found to be good still
    Counter misses;      // answered by a server
    Counter bypassed;    // not a thing for the cache
    Counter collapsed;   // have waited for the fetch of another
    Counter bytes;       // of content from the cache
};

// What to forget. Empty parts do not restrict it.
struct Purge {
    std::string site;
    std::string prefix; // of the URL, or of its path when it begins with "/"
    std::string url;    // all of it, likewise
};

// Shared. Its memory is a bound for everything it makes: what is kept, the index of what is on the disk, and what is
// on its way in.
class Cache : public std::enable_shared_from_this<Cache> {
public:
    struct Limits {
        std::uint64_t memory = 0;
        std::uint64_t disk = 0;
        std::uint64_t largestObject = 0;
        Milliseconds wait{0}; // for the fetch of another
    };
    struct Surroundings {
        std::string folder; // for the disk; empty for none
        // Any thread.
        std::function<void(const Error &)> onTrouble;
    };
    using Job = std::function<void()>;
    // Any thread: does work that may wait for a disk.
    using Pool = std::function<void(Job)>;

    Cache(std::string name, std::uint32_t workers, const Limits &limits, Surroundings surroundings);
    ~Cache();

    // Control thread. Whether there is a disk stays as it was.
    void setLimits(const Limits &limits);

    [[nodiscard]] const std::string &name() const noexcept { return m_name; }
    [[nodiscard]] std::uint64_t largestObject() const noexcept
    {
        return m_largestObject.load(std::memory_order_relaxed);
    }
    [[nodiscard]] Milliseconds wait() const noexcept { return Milliseconds(m_wait.load(std::memory_order_relaxed)); }

    [[nodiscard]] Key key(std::string_view text, std::string_view tag) const noexcept
    {
        return {text, m_hash(text), tag};
    }
    [[nodiscard]] Table::Found find(const Key &key, const Selector &selector) { return m_table.find(key, selector); }
    [[nodiscard]] Flights &flights() noexcept { return m_flights; }

    // Keeps it, in the place of what it is a newer version of. `names` and `values`: what it varies by. The serial of
    // the variant; 0 when there is no room for it.
    std::uint64_t put(const Key &key, std::string names, std::string values, std::shared_ptr<const Entry> entry);
    // Has what only the disk has brought into memory. The flight ends when that is done, or failed: then it is gone.
    void readBehind(const Key &key, const Table::Found &found, Flights::Lead lead, const Pool &pool);
    void dropVariant(std::uint64_t hash, std::uint64_t serial);
    // What is kept for a URL, or on its way.
    void invalidate(std::string_view text);
    // A thread that may wait. How many answers are gone.
    std::uint64_t purge(const Purge &purge);

    // Memory that somebody will fill. Lets others go for it; nothing when there is not enough.
    [[nodiscard]] std::optional<Share> reserve(std::uint64_t bytes);
    // A part of the bound on what is on its way in.
    [[nodiscard]] std::optional<Share> takeIncoming(std::uint64_t bytes) noexcept;

    [[nodiscard]] Counts &counts(std::uint32_t worker) const noexcept { return m_counts[worker]; }
    [[nodiscard]] const shared_state::PerWorker<Counts> &counts() const noexcept { return m_counts; }
    struct Usage {
        std::uint64_t entries = 0;
        std::uint64_t memory = 0;
        std::uint64_t memoryLimit = 0;
        std::uint64_t files = 0;
        std::uint64_t disk = 0;
        std::uint64_t diskLimit = 0;
        std::uint64_t stored = 0;  // ever
        std::uint64_t evicted = 0; // from memory or disk, for want of room
        std::uint64_t diskErrors = 0;
    };
    [[nodiscard]] Usage usage() const noexcept;
    // Waits until nothing is left to be written. For tests.
    void settle();

private:
    static constexpr std::uint64_t kIncomingPart = 4; // one in so many bytes

    void letGo(Table::Gone gone);
    [[nodiscard]] bool makeDiskRoom();
    // What lay on the disk at the start. Whether it is to stay there.
    [[nodiscard]] bool takeFound(DiskRecord record);
    void takeWritten(const DiskTier::Order &order, FilePlace file);

    const std::string m_name;
    const KeyedHash m_hash;
    shared_state::PerWorker<Counts> m_counts;
    std::atomic<std::uint64_t> m_largestObject = 0;
    std::atomic<std::int64_t> m_wait = 0;
    std::atomic<std::uint64_t> m_stored = 0;
    std::atomic<std::uint64_t> m_evicted = 0;
    std::atomic<std::uint32_t> m_reading = 0;
    Budget m_budget;
    Budget m_incoming;
    Table m_table; // whose entries are of the budget
    Flights m_flights;
    std::mutex m_earlyMutex;
    std::unordered_set<std::uint64_t> m_early; // invalidated while the disk was being looked through
    std::vector<Purge> m_earlyPurges;          // likewise
    std::uint64_t m_foundBytes = 0;            // of the index of what was found; the disk's thread
    std::unique_ptr<DiskTier> m_disk;          // last: its thread uses all of the above
};

} // namespace mainstay::cache
