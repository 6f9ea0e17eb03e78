// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/spool.h"

#include <utility>

namespace mainstay::http {

namespace {

constexpr Seconds kToldAgain{10};

Spool::Status statusOf(const Error &error)
{
    return error.code == SpoolFile::kDiskFull ? Spool::Status::diskFull : Spool::Status::failed;
}

} // namespace

StoredBody::~StoredBody()
{
    if (m_spool && m_file.isOpen())
        m_spool->giveBack(std::move(m_file));
}

Spool::Spool(Options options) : m_options(std::move(options)), m_thread([this] { run(); }) {}

Spool::~Spool()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stop = true;
    }
    m_wake.notify_one();
    m_thread.join();
}

bool Spool::Append::await_ready()
{
    if (spool.reserve(bytes.size(), share))
        return false;
    status = Status::overLimit;
    if (share == Share::whole)
        spool.noteTrouble({"spool.limit", "bodies take " + std::to_string(spool.limit()) + " bytes already",
                           "raise `spool_limit` of [service], or lower `max_body` of the listener"});
    return true;
}

void Spool::Append::await_suspend(std::coroutine_handle<> suspended)
{
    waiter = suspended;
    spool.add({this, {}});
}

bool Spool::reserve(std::uint64_t bytes, Share share) noexcept
{
    const std::uint64_t most = share == Share::half ? (limit() + 1) / 2 : limit();
    std::uint64_t before = m_used.load(std::memory_order_relaxed);
    do {
        if (most > 0 && (before > most || bytes > most - before))
            return false;
    } while (!m_used.compare_exchange_weak(before, before + bytes, std::memory_order_relaxed));
    return true;
}

void Spool::add(Work work)
{
    {
        const std::lock_guard lock(m_mutex);
        m_waiting.push_back(std::move(work));
    }
    m_wake.notify_one();
}

void Spool::giveBack(SpoolFile file)
{
    add({nullptr, std::move(file)});
}

void Spool::run()
{
    SpoolFile::cleanUp(m_options.folder);
    std::vector<Work> current;
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_wake.wait(lock, [this] { return m_stop || !m_waiting.empty(); });
        if (m_waiting.empty())
            return;
        current.swap(m_waiting);
        lock.unlock();
        for (Work &work : current) {
            if (work.append)
                write(*work.append);
            const std::uint64_t size = work.closing.size();
            {
                const SpoolFile closed = std::move(work.closing);
            }
            release(size);
        }
        current.clear();
        lock.lock();
    }
}

void Spool::write(Append &append)
{
    SpoolFile &file = append.body.m_file;
    Result<> written;
    if (!file.isOpen()) {
        auto created = SpoolFile::create(m_options.folder);
        append.body.m_spool = this;
        if (created)
            file = std::move(*created);
        else
            written = forward(std::move(created));
    }
    const std::uint64_t before = file.size();
    if (written)
        written = file.append(append.bytes);
    if (!written) {
        append.status = statusOf(written.error());
        release(append.bytes.size() - (file.size() - before)); // what is there is released with the file
        noteTrouble(written.error());
    }
    append.loop.post([&loop = append.loop, waiter = append.waiter] { loop.resumeSoon(waiter); });
}

void Spool::noteTrouble(const Error &error)
{
    std::uint64_t refused = 0;
    {
        const std::lock_guard lock(m_mutex);
        ++m_refused;
        const SteadyTime now = SteadyClock::now();
        if (error.code == m_toldCode && now - m_toldAt < kToldAgain)
            return;
        m_toldCode = error.code;
        m_toldAt = now;
        refused = std::exchange(m_refused, 0);
    }
    if (!m_options.onTrouble)
        return;
    Error told = error;
    told.message = "cannot keep a body in " + m_options.folder + ": " + error.message;
    if (refused > 1)
        told.message += " (" + std::to_string(refused) + " bodies since this was said last)";
    m_options.onTrouble(told);
}

} // namespace mainstay::http
