// SPDX-License-Identifier: GPL-3.0-or-later
// The lanes fill, the queue is short, the thread writes one buffer a call.
#include "logs/access_log.h"

#include <random>
#include <utility>

namespace mainstay::logs {

AccessLog::AccessLog(std::unique_ptr<LogSink> sink, Options options)
    : m_options(std::move(options)), m_sink(std::move(sink)), m_thread([this] { run(); })
{}

AccessLog::~AccessLog()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stop = true;
    }
    m_wake.notify_one();
    m_thread.join();
}

void AccessLog::reopen()
{
    {
        const std::lock_guard lock(m_mutex);
        m_reopen = true;
    }
    m_wake.notify_one();
}

bool AccessLog::drain(std::chrono::milliseconds timeout)
{
    std::unique_lock lock(m_mutex);
    return m_idle.wait_for(lock, timeout, [this] { return m_waiting.empty() && !m_writing; });
}

std::uint64_t AccessLog::linesDropped() const
{
    const std::lock_guard lock(m_mutex);
    return m_linesDropped;
}

void AccessLog::exchange(Buffer &buffer)
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_waiting.size() >= m_options.maxWaiting) {
            m_linesDropped += std::exchange(buffer.lines, 0);
            buffer.text.clear();
            return;
        }
        m_waiting.push_back(std::move(buffer));
        buffer = {};
        if (!m_spare.empty()) {
            buffer.text = std::move(m_spare.back());
            m_spare.pop_back();
        }
    }
    m_wake.notify_one();
}

void AccessLog::run()
{
    std::unique_lock lock(m_mutex);
    while (true) {
        waitForWork(lock);
        bool succeeded = true;
        if (std::exchange(m_reopen, false)) {
            lock.unlock();
            succeeded = openSink();
            lock.lock();
            m_reopen |= !succeeded;
        } else if (m_waiting.empty() && !m_writing && !m_stop) {
            lock.unlock();
            succeeded = look();
            lock.lock();
        }
        succeeded &= writeWaiting(lock);
        if (m_stop)
            return;
        if (succeeded) {
            const std::uint64_t dropped = m_linesDropped;
            lock.unlock();
            noteSuccess(dropped);
            lock.lock();
        } else {
            m_wake.wait_for(lock, m_options.retryDelay, [this] { return m_stop; });
        }
    }
}

void AccessLog::waitForWork(std::unique_lock<std::mutex> &lock)
{
    const auto hasWork = [this] { return m_stop || m_reopen || m_writing || !m_waiting.empty(); };
    if (const auto every = m_sink->lookEvery())
        m_wake.wait_for(lock, *every, hasWork);
    else
        m_wake.wait(lock, hasWork);
}

// Of a buffer that a full disk left in the middle of a line, that line begins anew in the new place.
bool AccessLog::openSink()
{
    if (!succeeded(m_sink->open()))
        return false;
    m_isOpen = true;
    if (m_currentWritten > 0)
        m_currentWritten = m_current.text.rfind('\n', m_currentWritten - 1) + 1;
    return true;
}

bool AccessLog::look()
{
    return m_isOpen && succeeded(m_sink->prepare(0));
}

bool AccessLog::writeWaiting(std::unique_lock<std::mutex> &lock)
{
    while (m_writing || !m_waiting.empty()) {
        if (!m_writing) {
            m_current = std::move(m_waiting.front());
            m_waiting.pop_front();
            m_writing = true;
        }
        lock.unlock();
        const bool written = writeCurrent();
        lock.lock();
        if (!written)
            return false;
        recycle(std::move(m_current.text));
        m_writing = false;
    }
    m_idle.notify_all();
    return true;
}

// What a full disk left of a buffer is written when there is room again, so that no line is torn.
bool AccessLog::writeCurrent()
{
    if (!m_isOpen)
        return false;
    if (m_currentWritten == 0 && !succeeded(m_sink->prepare(m_current.text.size())))
        return false;
    while (m_currentWritten < m_current.text.size()) {
        const auto written = m_sink->write(std::string_view(m_current.text).substr(m_currentWritten));
        if (!written) {
            noteFailure(written.error());
            return false;
        }
        m_currentWritten += *written;
    }
    m_currentWritten = 0;
    m_linesWritten.add(m_current.lines);
    return true;
}

bool AccessLog::succeeded(const Result<> &result)
{
    if (!result)
        noteFailure(result.error());
    return result.has_value();
}

void AccessLog::noteFailure(const Error &error)
{
    if (std::exchange(m_failing, true))
        return;
    if (m_options.onFailure)
        m_options.onFailure(error);
}

void AccessLog::noteSuccess(std::uint64_t linesDropped)
{
    if (!std::exchange(m_failing, false))
        return;
    if (m_options.onRecovery)
        m_options.onRecovery(linesDropped - m_droppedReported);
    m_droppedReported = linesDropped;
}

// A buffer that one huge line made larger is not kept.
void AccessLog::recycle(std::string &&text)
{
    if (text.capacity() > 2 * m_options.bufferBytes || m_spare.size() >= m_options.maxWaiting)
        return;
    text.clear();
    m_spare.push_back(std::move(text));
}

AccessLane::AccessLane(std::shared_ptr<AccessLog> log)
    : m_log(std::move(log)), m_random(std::uint64_t{std::random_device{}()} << 32 | 1)
{}

AccessLane::~AccessLane()
{
    flush();
}

void AccessLane::append(const LineFormat &format, const AccessRecord &record, std::int64_t millis)
{
    constexpr std::size_t kUsualLine = 1024;
    if (m_buffer.text.capacity() == 0)
        m_buffer.text.reserve(m_log->m_options.bufferBytes + kUsualLine);
    format.append(m_buffer.text, record, millis, m_date);
    ++m_buffer.lines;
    if (m_buffer.text.size() >= m_log->m_options.bufferBytes)
        m_log->exchange(m_buffer);
}

void AccessLane::offer(const RequestLog &log, AccessRecord &record, std::int64_t millis)
{
    const std::uint32_t drawn = log.selection.sample > 1 ? draw() : 0;
    if (!log.selection.takes(record, drawn))
        return;
    record.sample = log.selection.weight(record);
    append(log.format, record, millis);
}

void AccessLane::flush()
{
    if (m_buffer.lines > 0)
        m_log->exchange(m_buffer);
}

// Marsaglia's xorshift: what it gives decides nothing that somebody would gain from.
std::uint32_t AccessLane::draw() noexcept
{
    m_random ^= m_random << 13;
    m_random ^= m_random >> 7;
    m_random ^= m_random << 17;
    return static_cast<std::uint32_t>(m_random >> 32);
}

} // namespace mainstay::logs
