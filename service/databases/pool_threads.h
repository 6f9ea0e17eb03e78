// SPDX-License-Identifier: GPL-3.0-or-later
// The inside of a pool: its threads, what waits for them, and the watch over the time.
#pragma once

#include "databases/pool.h"

#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

namespace mainstay::databases {

// Shared. Its threads own it too, so that one that is stuck may outlive the pool.
class PoolThreads : public std::enable_shared_from_this<PoolThreads> {
public:
    explicit PoolThreads(Pool::Options options);

    void submit(Pool::Job job);
    void stop();
    [[nodiscard]] rpc::DatabasePool counters() const;
    [[nodiscard]] const Pool::Options &options() const { return m_options; }

private:
    struct Entry {
        Pool::Job job;
        SteadyTime until;    // waits so long, and then is answered at the latest
        SteadyTime deadline; // of its statements
        Connection *connection = nullptr;
    };
    using EntryPtr = std::shared_ptr<Entry>;

    // Threads.
    void serve();
    void watch();

    [[nodiscard]] EntryPtr takeNext(std::unique_lock<std::mutex> &lock, Connection &connection);
    void doJob(Entry &entry, Connection &connection);
    [[nodiscard]] Result<> connect(Connection &connection, bool isProbe);
    void noteDamage(const Connection &connection, bool isDamaged);
    void drop(Connection &connection);
    void noteConnect(const Result<> &opened);
    [[nodiscard]] std::vector<EntryPtr> takeOverdue();
    void giveUp(const Entry &entry);
    void startThread(void (PoolThreads::*body)());

    const Pool::Options m_options;
    Ledger m_ledger;
    mutable std::mutex m_mutex; // guards what follows
    std::condition_variable m_work;
    std::condition_variable m_watched;
    std::condition_variable m_ended;
    std::deque<EntryPtr> m_waiting;
    std::list<EntryPtr> m_running;
    std::size_t m_servers = 0; // threads that serve
    std::size_t m_idle = 0;
    std::vector<std::thread> m_threads; // all of them, until they are stopped
    std::size_t m_threadsEnded = 0;
    bool m_watching = false;
    bool m_watchRests = false; // until there is something to watch
    bool m_stopping = false;
    std::size_t m_lost = 0; // connections that were, and were not made anew yet
    // Of the last try to connect.
    std::optional<Error> m_unreachable;
    SteadyTime m_retryAt;
    Milliseconds m_backoff{0};
};

} // namespace mainstay::databases
