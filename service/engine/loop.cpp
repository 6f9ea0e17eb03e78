// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/loop.h"

#include <algorithm>

namespace mainstay::engine {

Descriptor::Descriptor(Loop &loop, NativeSocket socket, Trigger trigger)
    : m_loop(loop), m_socket(std::move(socket)), m_trigger(trigger)
{
    watch();
}

Descriptor::~Descriptor()
{
    closeDescriptor();
}

bool Descriptor::watch()
{
    if (!m_registered)
        m_registered = m_socket.isOpen() && m_loop.watch(*this);
    return m_registered;
}

void Descriptor::unwatch() noexcept
{
    m_loop.forget(*this);
    m_registered = false;
}

void Descriptor::closeDescriptor() noexcept
{
    if (!m_socket.isOpen())
        return;
    unwatch();
    m_socket.close();
}

void Loop::run()
{
    while (!m_stopping)
        turn(Milliseconds::max());
}

void Loop::stop()
{
    post([this] { m_stopping = true; });
}

void Loop::turn(Milliseconds longestWait)
{
    if (const auto next = m_timers.untilNext(SteadyClock::now()))
        longestWait = std::min(longestWait, *next);
    if (!m_retries.empty() || !m_yielded.empty() || !m_ready.empty() || !m_last.empty())
        longestWait = Milliseconds{0};
    // Taken now, so that who yields in this turn waits for the next one.
    std::vector<std::coroutine_handle<>> yielded;
    yielded.swap(m_yielded);
    const bool isDone = waitAndDispatch(longestWait);
    runRetries();
    m_ready.insert(m_ready.end(), yielded.begin(), yielded.end());
    if (isDone) // else what has come may be what a timer waits for
        m_timers.runDue();
    resumeReady();
    m_ready.swap(m_last);
    resumeReady();
    m_counters.turns.add(1);
    if (m_watched) {
        m_watched = false;
        const auto length = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - m_now);
        m_counters.longestWatchedTurn.raiseTo(static_cast<std::uint64_t>(length.count()));
        m_counters.costliestWatchedTurn.raiseTo(static_cast<std::uint64_t>((processorTime() - m_costBefore).count()));
        m_counters.watchedTurns.add(1);
    }
}

void Loop::resumeReady()
{
    // Resumed coroutines may make others ready, so no iterators.
    for (std::size_t i = 0; i < m_ready.size(); ++i)
        m_ready[i].resume();
    m_ready.clear();
}

void Loop::runRetries()
{
    if (m_retries.empty())
        return;
    m_retrying.swap(m_retries);
    while (!m_retrying.empty()) {
        Descriptor *descriptor = m_retrying.back();
        m_retrying.pop_back();
        descriptor->onReady({});
    }
}

} // namespace mainstay::engine
