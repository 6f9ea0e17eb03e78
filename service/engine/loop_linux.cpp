// SPDX-License-Identifier: GPL-3.0-or-later
// The loop on epoll. Each handle is registered once, for both directions.
#include "engine/loop.h"
#include "engine/prefetch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <span>
#include <sys/epoll.h>
#include <unistd.h>

namespace mainstay::engine {

void NativeSocket::close() noexcept
{
    if (m_handle != kNoHandle)
        ::close(std::exchange(m_handle, kNoHandle));
}

namespace {

// What is done for each takes ten microseconds or more, and timers wait for the end of the turn. The more there are,
// the more answers go out in one write.
constexpr std::size_t kEventsPerTurn = 128;
// About what a socket takes.
constexpr std::size_t kDescriptorSize = 256;

} // namespace

struct Loop::System {
    NativeSocket poll{::epoll_create1(EPOLL_CLOEXEC)};
    std::array<epoll_event, kEventsPerTurn> events{};
    int count = 0; // of events, 0 outside of dispatching
    int next = 0;
};

Loop::Loop(Interference *interference)
    : m_interference(interference), m_now(SteadyClock::now()), m_timers(m_now), m_system(std::make_unique<System>())
{
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = nullptr; // the mailbox
    if (!m_system->poll.isOpen() ||
        ::epoll_ctl(m_system->poll.handle(), EPOLL_CTL_ADD, m_mailbox.handle(), &event) != 0)
        std::abort(); // no worker can run without
}

Loop::~Loop() = default;

std::chrono::microseconds Loop::processorTime() noexcept
{
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_nsec / 1000);
}

bool Loop::watch(Descriptor &descriptor)
{
    epoll_event event{};
    event.events =
        descriptor.m_trigger == Descriptor::Trigger::edge ? EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET : EPOLLIN;
    event.data.ptr = &descriptor;
    return ::epoll_ctl(m_system->poll.handle(), EPOLL_CTL_ADD, descriptor.handle(), &event) == 0;
}

void Loop::forget(Descriptor &descriptor) noexcept
{
    // Even when the handle is about to be closed: a listening socket has a copy in the guard, which would keep it
    // registered.
    if (descriptor.m_registered)
        ::epoll_ctl(m_system->poll.handle(), EPOLL_CTL_DEL, descriptor.handle(), nullptr);
    for (int i = m_system->next; i < m_system->count; ++i) {
        epoll_event &event = m_system->events[static_cast<std::size_t>(i)];
        if (event.data.ptr == &descriptor)
            event.events = 0;
    }
    if (!m_retries.empty())
        std::erase(m_retries, &descriptor);
    if (!m_retrying.empty())
        std::erase(m_retrying, &descriptor);
}

bool Loop::waitAndDispatch(Milliseconds longestWait)
{
    System &system = *m_system;
    if (system.next == system.count) {
        const int timeout = static_cast<int>(std::min<std::int64_t>(longestWait.count(), 60'000));
        const int count =
            ::epoll_wait(system.poll.handle(), system.events.data(), static_cast<int>(system.events.size()), timeout);
        system.next = 0;
        system.count = std::max(count, 0);
    }
    m_now = SteadyClock::now();
    m_timers.setTime(m_now); // before anything sets one, which may be a minute after the last turn
    const auto events =
        std::span(system.events)
            .subspan(static_cast<std::size_t>(system.next), static_cast<std::size_t>(system.count - system.next));
    const auto mail =
        std::find_if(events.begin(), events.end(), [](const epoll_event &event) { return !event.data.ptr; });
    if (mail != events.end()) {
        // Jobs have a turn of their own, so that what is measured of it is theirs alone.
        std::swap(*mail, events.front());
        ++system.next;
        m_costBefore = processorTime();
        m_counters.events.add(1);
        m_counters.jobs.add(1);
        m_mailbox.run();
        resumeReady();
        return system.next == system.count;
    }
    m_counters.events.add(events.size());
    while (system.next < system.count) {
        const epoll_event event = system.events[static_cast<std::size_t>(system.next++)];
        if (system.next < system.count)
            prefetch(system.events[static_cast<std::size_t>(system.next)].data.ptr, kDescriptorSize);
        if (event.events == 0)
            continue;
        static_cast<Descriptor *>(event.data.ptr)
            ->onReady({.readable = (event.events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0,
                       .writable = (event.events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0,
                       .closed = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0});
        resumeReady();
    }
    return true;
}

} // namespace mainstay::engine
