// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/event_loop.h"

#include <algorithm>
#include <optional>
#include <poll.h>
#include <vector>

namespace mainstay::guard {

void EventLoop::Registration::cancel() noexcept
{
    if (EventLoop *loop = std::exchange(m_loop, nullptr)) {
        loop->m_watches.erase(m_id);
        loop->m_timers.erase(m_id);
    }
}

EventLoop::Registration EventLoop::whenReadable(int descriptor, Callback callback)
{
    m_watches.emplace(++m_lastId, Watch{descriptor, false, std::move(callback)});
    return {this, m_lastId};
}

EventLoop::Registration EventLoop::whenWritable(int descriptor, Callback callback)
{
    m_watches.emplace(++m_lastId, Watch{descriptor, true, std::move(callback)});
    return {this, m_lastId};
}

EventLoop::Registration EventLoop::after(Milliseconds delay, Callback callback)
{
    m_timers.emplace(++m_lastId, Timer{SteadyClock::now() + delay, std::move(callback)});
    return {this, m_lastId};
}

void EventLoop::run()
{
    m_running = true;
    while (m_running)
        turn();
}

void EventLoop::turn()
{
    std::vector<pollfd> entries;
    std::vector<std::uint64_t> ids;
    for (const auto &[id, watch] : m_watches) {
        const short events = watch.writing ? POLLOUT : POLLIN;
        entries.push_back({.fd = watch.descriptor, .events = events, .revents = 0});
        ids.push_back(id);
    }
    int timeout = -1;
    if (!m_timers.empty()) {
        const auto earliest =
            std::min_element(m_timers.begin(), m_timers.end(),
                             [](const auto &left, const auto &right) { return left.second.due < right.second.due; });
        const auto left = std::chrono::ceil<Milliseconds>(earliest->second.due - SteadyClock::now()).count();
        timeout = static_cast<int>(std::clamp<Milliseconds::rep>(left, 0, 3'600'000));
    }
    if (::poll(entries.data(), entries.size(), timeout) > 0) {
        for (std::size_t i = 0; i < entries.size() && m_running; ++i) {
            // A callback may cancel entries, its own included, so the entry is looked up and its callback copied.
            const auto watch = entries[i].revents ? m_watches.find(ids[i]) : m_watches.end();
            if (watch == m_watches.end())
                continue;
            const Callback callback = watch->second.callback;
            callback();
        }
    }
    runTimers();
}

void EventLoop::runTimers()
{
    const SteadyTime now = SteadyClock::now();
    // Timers that callbacks add are due on a later turn.
    const std::uint64_t newest = m_lastId;
    for (auto timer = m_timers.begin(); timer != m_timers.end() && timer->first <= newest && m_running;) {
        if (timer->second.due > now) {
            ++timer;
            continue;
        }
        const std::uint64_t id = timer->first;
        const Callback callback = std::move(timer->second.callback);
        m_timers.erase(timer);
        callback();
        timer = m_timers.upper_bound(id);
    }
}

} // namespace mainstay::guard
