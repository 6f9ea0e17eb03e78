// SPDX-License-Identifier: GPL-3.0-or-later
// The lanes fill, the queue is short, the thread writes one buffer a call.
#include "logs/access_log.h"

#include <utility>

namespace mainstay::logs {

AccessLog::AccessLog(Options options) : m_options(std::move(options)), m_thread([this] { run(); }) {}

AccessLog::~AccessLog()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stop = true;
    }
    m_wake.notify_one();
    m_thread.join();
}

std::unique_ptr<AccessLane> AccessLog::openLane()
{
    return std::make_unique<AccessLane>(*this);
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
        m_wake.wait(lock, [this] { return m_stop || m_reopen || m_writing || !m_waiting.empty(); });
        bool succeeded = true;
        if (std::exchange(m_reopen, false)) {
            lock.unlock();
            succeeded = openFile();
            lock.lock();
            m_reopen |= !succeeded;
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

// A file that is open stays so until the new one is.
bool AccessLog::openFile()
{
    auto opened = AppendFile::open(m_options.path);
    if (!opened) {
        noteFailure(opened.error());
        return false;
    }
    m_file = std::move(*opened);
    return true;
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
    if (!m_file.isOpen())
        return false;
    while (m_currentWritten < m_current.text.size()) {
        const auto written = m_file.append(std::string_view(m_current.text).substr(m_currentWritten));
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

AccessLane::AccessLane(AccessLog &log) : m_log(log) {}

AccessLane::~AccessLane()
{
    flush();
}

void AccessLane::append(const AccessRecord &record, std::int64_t now)
{
    constexpr std::size_t kUsualLine = 1024;
    if (m_buffer.text.capacity() == 0)
        m_buffer.text.reserve(m_log.m_options.bufferBytes + kUsualLine);
    appendCombined(m_buffer.text, record, m_date.at(now));
    ++m_buffer.lines;
    if (m_buffer.text.size() >= m_log.m_options.bufferBytes)
        m_log.exchange(m_buffer);
}

void AccessLane::flush()
{
    if (m_buffer.lines > 0)
        m_log.exchange(m_buffer);
}

} // namespace mainstay::logs
