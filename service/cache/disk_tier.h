// SPDX-License-Identifier: GPL-3.0-or-later
// Answers on the disk: they outlive a restart, and there is more room than in memory.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "cache/disk_format.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace mainstay::cache {

// Shared. A thread of its own looks through the folder first, and then writes and deletes, since a disk may take its
// time over each; who reads is a thread that may wait too. A disk that is full or fails is left alone for a while, and
// what would have been written is not there: nothing else comes of it.
class DiskTier {
public:
    // To be written.
    struct Order {
        std::uint64_t hash = 0;
        std::uint64_t serial = 0;
        std::string text;
        std::string names;
        std::string values;
        std::shared_ptr<const Entry> entry;
    };
    // Called by its thread.
    struct Hooks {
        // False: it is deleted.
        std::function<bool(DiskRecord)> onFound;
        // Nowhere when that failed.
        std::function<void(const Order &, FilePlace)> onWritten;
        // Has something deleted, by removeNow(). False when there is nothing.
        std::function<bool()> makeRoom;
        // Once for each trouble, and then at most every ten seconds while it lasts.
        std::function<void(const Error &)> onTrouble;
    };
    using Reserve = std::function<std::optional<Share>(std::uint64_t)>;

    DiskTier(std::string folder, std::uint64_t limit, Hooks hooks);
    DiskTier(const DiskTier &) = delete;
    DiskTier &operator=(const DiskTier &) = delete;
    // Drops what waits to be written.
    ~DiskTier();
    void start();

    void setLimit(std::uint64_t bytes) noexcept { m_limit.store(bytes, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t limit() const noexcept { return m_limit.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t used() const noexcept { return m_used.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t errors() const noexcept { return m_errors.load(std::memory_order_relaxed); }
    [[nodiscard]] bool isLookedThrough() const noexcept { return m_lookedThrough.load(std::memory_order_acquire); }

    // Whether write() makes sense now.
    [[nodiscard]] bool isWilling() const noexcept;
    // False when too much waits already; else onWritten tells how it went.
    [[nodiscard]] bool write(Order order);
    void remove(const std::vector<FilePlace> &files);
    // Its thread.
    void removeNow(const std::vector<FilePlace> &files);
    // A thread that may wait. `text`: of the key that it is for. Null when it is not there or `isBroken`, or there is
    // no room for it in memory.
    [[nodiscard]] std::shared_ptr<const Entry> read(const FilePlace &file, std::string_view text,
                                                    const Reserve &reserve, bool &isBroken);

    // A thread that may wait, but not for longer than a disk that works could take.
    void waitLookedThrough();
    void waitForWork();

private:
    static constexpr std::size_t kMostWaiting = 1024; // orders

    void run();
    void lookThrough();
    [[nodiscard]] bool isStopped();
    void writeNow(const Order &order);
    void noteTrouble(const Error &error);

    const std::string m_folder;
    const Hooks m_hooks;
    std::atomic<std::uint64_t> m_limit;
    std::atomic<std::uint64_t> m_used = 0;
    std::atomic<std::uint64_t> m_errors = 0;
    std::atomic<bool> m_lookedThrough = false;
    std::atomic<std::int64_t> m_pausedUntil = 0; // in nanoseconds of the steady clock
    std::uint64_t m_nextNumber = 1;              // its thread alone
    std::string m_toldCode;                      // likewise
    SteadyTime m_toldAt;

    std::mutex m_mutex; // guards what follows
    std::condition_variable m_wake;
    std::condition_variable m_idle;
    std::deque<Order> m_orders;
    std::vector<FilePlace> m_removals;
    bool m_isBusy = false;
    bool m_stop = false;

    std::thread m_thread; // last: it uses all of the above
};

} // namespace mainstay::cache
