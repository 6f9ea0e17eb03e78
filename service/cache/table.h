// SPDX-License-Identifier: GPL-3.0-or-later
// Which answers there are, in memory and on the disk, and which of them go when there is no room.
#pragma once

#include "cache/entry.h"
#include "cache/key.h"
#include "cache/vary.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mainstay::cache {

// Where an answer lies on the disk.
struct FilePlace {
    std::uint64_t number = 0; // 0 for nowhere
    std::uint64_t size = 0;
};

// Shared. In shards, each with a lock that is held for some hundred nanoseconds and never over a call to the outside;
// but purge(), which looks at all there is. What is fetched once and never again passes through without pushing out
// what is asked for often: new entries queue up in a small part of the memory, and only what has been asked for again
// by the time it reaches the end of that queue comes to the large part (S3-FIFO, Yang et al., 2023).
class Table {
public:
    static constexpr std::size_t kVariants = 8; // of one URL

    struct Found {
        std::shared_ptr<const Entry> entry; // null when only the disk has it, or nothing does
        std::uint64_t serial = 0;           // of the variant; 0 when there is none
        FilePlace file;                     // when only the disk has it
        bool hasOthers = false;             // the URL is known, and not in this variant
        std::uint64_t flight = 0;           // the same for requests that one answer is likely to be for
    };
    // What has gone, for the caller to let go of once no lock is held.
    struct Gone {
        std::vector<std::shared_ptr<const Entry>> entries;
        std::vector<FilePlace> files;
        std::vector<Share> shares;
        std::size_t variants = 0;
    };
    struct Draft {
        std::string names;                  // of the fields it varies by
        std::string values;                 // the tag, and what the request says under them
        std::shared_ptr<const Entry> entry; // null for one that is on the disk
        FilePlace file;
        Share share; // costOfIndex()
        bool willBeWritten = false;
    };

    [[nodiscard]] static std::uint64_t costOfIndex(std::string_view text, std::string_view names,
                                                   std::string_view values) noexcept;

    [[nodiscard]] Found find(const Key &key, const Selector &selector);
    // In the place of the variant that is the same, and of the oldest where there are too many. Its serial.
    std::uint64_t put(const Key &key, Draft draft, Gone &gone);
    // The same, unless there is one; then false.
    bool putIfMissing(const Key &key, Draft draft, Gone &gone);
    // Brings what only the disk had into memory, if it still is what was found.
    void promote(std::uint64_t hash, std::uint64_t serial, const std::shared_ptr<const Entry> &entry);
    // It lies on the disk now. False when it is not wanted there any more, or `file` is nowhere.
    bool written(std::uint64_t hash, std::uint64_t serial, FilePlace file, Gone &gone);
    void dropVariant(std::uint64_t hash, std::uint64_t serial, Gone &gone);
    // All variants of a URL.
    void drop(const Key &key, Gone &gone);
    // All URLs for which it is true.
    void dropIf(const std::function<bool(std::string_view text)> &isMeant, Gone &gone);

    // Make room: false when there is nothing that could go. `most`: of memory, all of it.
    bool evictFromMemory(std::uint64_t most, Gone &gone);
    bool evictFromDisk(Gone &gone);

    [[nodiscard]] std::uint64_t entries() const noexcept { return m_entries.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t files() const noexcept { return m_files.load(std::memory_order_relaxed); }

private:
    static constexpr std::size_t kShards = 16;
    static constexpr std::uint64_t kSmallPart = 10; // one in so many bytes is for new entries

    struct Variant;
    using Queue = std::list<Variant *>;

    struct Variant {
        std::uint64_t hash = 0;
        std::uint64_t serial = 0;
        std::string names;
        std::string values;
        std::shared_ptr<const Entry> entry;
        Queue *queue = nullptr; // of those in memory
        Queue::iterator place;
        std::uint64_t bytes = 0; // in memory
        std::uint8_t visits = 0; // since it was looked at last
        FilePlace file;
        Queue::iterator filePlace;
        bool wasRead = false; // from the disk, likewise
        bool isWriting = false;
        Share share;
    };
    struct Item {
        std::string text;
        std::vector<std::unique_ptr<Variant>> variants; // the newest first
    };
    struct alignas(64) Shard {
        std::mutex mutex;
        std::unordered_map<std::uint64_t, Item> items;
        Queue fresh; // the newest first
        Queue main;
        Queue onDisk;
    };

    [[nodiscard]] Shard &shardOf(std::uint64_t hash) noexcept { return m_shards[(hash >> 32) % kShards]; }
    // All of these with the shard's lock.
    [[nodiscard]] static Variant *find(Shard &shard, std::uint64_t hash, std::uint64_t serial) noexcept;
    void enterMemory(Shard &shard, Variant &variant, std::shared_ptr<const Entry> entry);
    void leaveMemory(Shard &shard, Variant &variant, Gone &gone);
    void enterDisk(Shard &shard, Variant &variant, FilePlace file);
    void leaveDisk(Shard &shard, Variant &variant, Gone &gone);
    void remove(Shard &shard, Variant &variant, Gone &gone);
    void removeItem(Shard &shard, std::unordered_map<std::uint64_t, Item>::iterator item, Gone &gone);
    std::uint64_t insert(Shard &shard, Item &item, const Key &key, Draft draft, Gone &gone);
    // From the queue that has too much, or from either.
    bool evict(Shard &shard, std::uint64_t most, bool fromEither, Gone &gone);

    std::array<Shard, kShards> m_shards;
    std::atomic<std::uint64_t> m_serial = 0;
    std::atomic<std::uint64_t> m_entries = 0; // in memory
    std::atomic<std::uint64_t> m_files = 0;
    std::atomic<std::uint64_t> m_freshBytes = 0;
    std::atomic<std::size_t> m_next = 0; // shard to take something from
};

} // namespace mainstay::cache
