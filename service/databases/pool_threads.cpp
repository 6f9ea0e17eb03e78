// SPDX-License-Identifier: GPL-3.0-or-later
#include "databases/pool_threads.h"

#include "databases/failure.h"

#include <algorithm>
#include <iterator>

namespace mainstay::databases {
namespace {

// What waits at most, for each connection there may be.
constexpr std::size_t kWaitingEach = 64;
// A server that keeps its own time is given this much more before it is given up.
constexpr Milliseconds kGrace{500};
constexpr Milliseconds kWatchEvery{50};
constexpr Milliseconds kFirstBackoff{100};
constexpr Milliseconds kLastBackoff{3000};
// A connection unused for longer is asked before something is written on it: that could not be done again.
constexpr Milliseconds kTrusted{1000};
constexpr Milliseconds kStopPatience{2000};

} // namespace

PoolThreads::PoolThreads(Pool::Options options) : m_options(std::move(options))
{
    m_ledger.slowQuery = m_options.target.config.slowQuery;
    m_ledger.log = m_options.log;
}

rpc::DatabasePool PoolThreads::counters() const
{
    rpc::DatabasePool pool;
    pool.user = m_options.user;
    pool.open = m_ledger.open.load(std::memory_order_relaxed);
    pool.inUse = m_ledger.inUse.load(std::memory_order_relaxed);
    pool.limit = m_options.target.config.pool;
    pool.statements = m_ledger.statements.load(std::memory_order_relaxed);
    pool.errors = m_ledger.errors.load(std::memory_order_relaxed);
    pool.slow = m_ledger.slow.load(std::memory_order_relaxed);
    pool.timedOut = m_ledger.timedOut.load(std::memory_order_relaxed);
    pool.reconnects = m_ledger.reconnects.load(std::memory_order_relaxed);
    pool.damaged = m_ledger.damagedFile.load(std::memory_order_relaxed) != 0;
    return pool;
}

void PoolThreads::startThread(void (PoolThreads::*body)())
{
    m_threads.emplace_back([self = shared_from_this(), body] {
        (self.get()->*body)();
        const std::scoped_lock lock(self->m_mutex);
        ++self->m_threadsEnded;
        self->m_ended.notify_all();
    });
}

void PoolThreads::submit(Pool::Job job)
{
    const std::string name = "database `" + m_options.target.name + "`";
    const SteadyTime now = SteadyClock::now();
    const Milliseconds patience = std::min(Milliseconds(m_options.target.config.connectTimeout), job.limit);
    auto entry = std::make_shared<Entry>(Entry{job, now + patience, now + job.limit});
    {
        const std::scoped_lock lock(m_mutex);
        if (!m_stopping && m_waiting.size() < kWaitingEach * m_options.target.config.pool) {
            m_waiting.push_back(std::move(entry));
            if (m_idle == 0 && m_servers < m_options.target.config.pool) {
                ++m_servers;
                startThread(&PoolThreads::serve);
            } else {
                m_work.notify_one();
            }
            if (!std::exchange(m_watching, true))
                startThread(&PoolThreads::watch);
            else if (m_watchRests)
                m_watched.notify_one();
            return;
        }
    }
    m_ledger.timedOut.fetch_add(1, std::memory_order_relaxed);
    entry->job.fail({"database.busy", name + ": too much waits for it already", "try again in a while"});
}

void PoolThreads::stop()
{
    const Error stopping{"database.stopping", "database `" + m_options.target.name + "` is no longer used", {}};
    std::unique_lock lock(m_mutex);
    m_stopping = true;
    const std::deque<EntryPtr> waiting = std::exchange(m_waiting, {});
    for (const EntryPtr &entry : m_running)
        if (entry->connection)
            entry->connection->cancel();
    lock.unlock();
    m_work.notify_all();
    m_watched.notify_all();
    for (const EntryPtr &entry : waiting)
        entry->job.fail(stopping);
    lock.lock();
    const bool allEnded = m_ended.wait_for(lock, kStopPatience, [this] { return m_threadsEnded == m_threads.size(); });
    std::vector<std::thread> threads = std::exchange(m_threads, {});
    m_ledger.isSilent = !allEnded;
    const std::list<EntryPtr> stuck = m_running;
    lock.unlock();
    // Libraries tidy up behind a thread as it ends, and must not do so while they do it for the whole process.
    for (std::thread &thread : threads)
        allEnded ? thread.join() : thread.detach();
    // Whoever waits for what is stuck hears of it now, and not when nobody is there any more.
    for (const EntryPtr &entry : stuck)
        entry->job.fail(stopping);
}

// The next to do; null to end. Closes a connection that nobody needs.
PoolThreads::EntryPtr PoolThreads::takeNext(std::unique_lock<std::mutex> &lock, Connection &connection)
{
    const auto hasWork = [this] { return m_stopping || !m_waiting.empty(); };
    ++m_idle;
    if (connection.isOpen() && !m_work.wait_for(lock, Milliseconds(m_options.target.config.idleTimeout), hasWork)) {
        lock.unlock();
        connection.close();
        lock.lock();
    }
    m_work.wait(lock, hasWork);
    --m_idle;
    if (m_stopping)
        return nullptr;
    EntryPtr entry = std::move(m_waiting.front());
    m_waiting.pop_front();
    return entry;
}

void PoolThreads::serve()
{
    Connection connection(m_options.target, m_ledger);
    std::unique_lock lock(m_mutex);
    while (const EntryPtr entry = takeNext(lock, connection)) {
        entry->until = entry->deadline + kGrace;
        entry->connection = &connection;
        const auto place = m_running.insert(m_running.end(), entry);
        lock.unlock();
        m_ledger.inUse.fetch_add(1, std::memory_order_relaxed);
        doJob(*entry, connection);
        m_ledger.inUse.fetch_sub(1, std::memory_order_relaxed);
        lock.lock();
        m_running.erase(place);
        entry->connection = nullptr;
    }
    lock.unlock();
    connection.close();
}

void PoolThreads::doJob(Entry &entry, Connection &connection)
{
    const bool isFresh = !connection.isOpen();
    bool again = false;
    do {
        if (connection.isSpent())
            drop(connection);
        if (Result<> ready = connect(connection, entry.job.urgency == Pool::Urgency::probe); !ready) {
            entry.job.fail(ready.error());
            return;
        }
        noteDamage(connection, false);
        connection.startWork(entry.job.limit, entry.deadline);
        const Result<> done = entry.job.work(connection);
        if (!done && done.error().code == codeOf(FailureKind::damaged))
            noteDamage(connection, true);
        connection.noteFiles();
        if (!done && done.error().code == codeOf(FailureKind::timeout))
            m_ledger.timedOut.fetch_add(1, std::memory_order_relaxed);
        again =
            !again && !isFresh && !done && done.error().code == codeOf(FailureKind::lost) && !connection.hasWritten();
    } while (again);
    if (connection.isSpent())
        drop(connection);
    entry.job.deliver();
}

// What was damaged is until another file has its name.
void PoolThreads::noteDamage(const Connection &connection, bool isDamaged)
{
    const std::uint64_t file = connection.fileNumber();
    std::uint64_t known = m_ledger.damagedFile.load(std::memory_order_relaxed);
    if (isDamaged)
        m_ledger.damagedFile.store(std::max<std::uint64_t>(file, 1), std::memory_order_relaxed);
    else if (known != 0 && file != 0 && known != file)
        m_ledger.damagedFile.compare_exchange_strong(known, 0, std::memory_order_relaxed);
}

void PoolThreads::drop(Connection &connection)
{
    connection.close();
    const std::scoped_lock lock(m_mutex);
    ++m_lost;
}

Result<> PoolThreads::connect(Connection &connection, bool isProbe)
{
    if (connection.isOpen() && connection.isFileReplaced()) {
        connection.leaveFile();
        drop(connection);
    } else if (connection.isOpen() && connection.mayWriteByNow()) {
        drop(connection);
    } else if (connection.isOpen() && connection.idleFor() > kTrusted && !connection.answers()) {
        drop(connection);
    }
    if (connection.isOpen())
        return {};
    {
        const std::scoped_lock lock(m_mutex);
        if (m_unreachable && !isProbe && SteadyClock::now() < m_retryAt)
            return tl::unexpected<Error>(*m_unreachable);
    }
    Result<> opened = connection.open();
    noteConnect(opened);
    return opened;
}

void PoolThreads::noteConnect(const Result<> &opened)
{
    const std::scoped_lock lock(m_mutex);
    if (opened) {
        if (m_lost > 0) {
            --m_lost;
            m_ledger.reconnects.fetch_add(1, std::memory_order_relaxed);
        }
        m_unreachable.reset();
        m_backoff = Milliseconds(0);
        return;
    }
    m_unreachable = opened.error();
    m_backoff = std::clamp(m_backoff * 2, kFirstBackoff, kLastBackoff);
    m_retryAt = SteadyClock::now() + m_backoff;
}

// Ends what waits for too long for a connection, and what works for too long on one.
void PoolThreads::watch()
{
    std::unique_lock lock(m_mutex);
    while (!m_stopping) {
        if (m_waiting.empty() && m_running.empty()) {
            m_watchRests = true;
            m_watched.wait(lock);
            m_watchRests = false;
            continue;
        }
        const std::vector<EntryPtr> overdue = takeOverdue();
        lock.unlock();
        for (const EntryPtr &entry : overdue)
            giveUp(*entry);
        lock.lock();
        if (!m_stopping)
            m_watched.wait_for(lock, kWatchEvery);
    }
}

std::vector<PoolThreads::EntryPtr> PoolThreads::takeOverdue()
{
    std::vector<EntryPtr> overdue;
    const SteadyTime now = SteadyClock::now();
    const auto isOverdue = [now](const EntryPtr &entry) { return entry->until <= now; };
    std::ranges::copy_if(m_waiting, std::back_inserter(overdue), isOverdue);
    std::erase_if(m_waiting, isOverdue);
    for (const EntryPtr &entry : m_running) {
        if (entry->until > now)
            continue;
        overdue.push_back(entry);
        entry->until = SteadyTime::max(); // once is enough
    }
    return overdue;
}

void PoolThreads::giveUp(const Entry &entry)
{
    const std::string name = "database `" + m_options.target.name + "`";
    const bool isWaiting = entry.until != SteadyTime::max();
    const Error error = isWaiting ? Error{"database.busy", name + ": no connection became free in time",
                                          "try again in a while, or raise its `pool`"}
                                  : Error{codeOf(FailureKind::timeout), name + ": it took too long", {}};
    if (entry.job.fail(error))
        m_ledger.timedOut.fetch_add(1, std::memory_order_relaxed);
}

} // namespace mainstay::databases
