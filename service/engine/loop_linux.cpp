// SPDX-License-Identifier: GPL-3.0-or-later
// The loop on epoll. Each handle is registered once, for both directions.
#include "engine/loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <sys/epoll.h>
#include <unistd.h>

namespace mainstay::engine {

void NativeSocket::close() noexcept
{
    if (m_handle != kNoHandle)
        ::close(std::exchange(m_handle, kNoHandle));
}

struct Loop::System {
    NativeSocket poll{::epoll_create1(EPOLL_CLOEXEC)};
    std::array<epoll_event, 256> events{};
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

bool Loop::watch(Descriptor &descriptor, Descriptor::Trigger trigger)
{
    epoll_event event{};
    event.events = trigger == Descriptor::Trigger::edge ? EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET : EPOLLIN;
    event.data.ptr = &descriptor;
    return ::epoll_ctl(m_system->poll.handle(), EPOLL_CTL_ADD, descriptor.handle(), &event) == 0;
}

void Loop::forget(Descriptor &descriptor) noexcept
{
    // The handle is about to be closed, but a listening socket has a copy in the guard, which would keep it
    // registered: so it is taken out by name.
    if (descriptor.m_registered)
        ::epoll_ctl(m_system->poll.handle(), EPOLL_CTL_DEL, descriptor.handle(), nullptr);
    for (int i = m_system->next; i < m_system->count; ++i) {
        epoll_event &event = m_system->events[static_cast<std::size_t>(i)];
        if (event.data.ptr == &descriptor)
            event.events = 0;
    }
    if (!m_retries.empty())
        std::erase(m_retries, &descriptor);
}

void Loop::waitAndDispatch(Milliseconds longestWait)
{
    const int timeout = static_cast<int>(std::min<std::int64_t>(longestWait.count(), 60'000));
    System &system = *m_system;
    const int count =
        ::epoll_wait(system.poll.handle(), system.events.data(), static_cast<int>(system.events.size()), timeout);
    m_now = SteadyClock::now();
    system.count = std::max(count, 0);
    m_counters.events.add(static_cast<std::uint64_t>(system.count));
    for (system.next = 0; system.next < system.count;) {
        const epoll_event event = system.events[static_cast<std::size_t>(system.next++)];
        if (event.events == 0)
            continue;
        if (!event.data.ptr) {
            m_counters.jobs.add(1);
            m_mailbox.run();
        } else {
            static_cast<Descriptor *>(event.data.ptr)
                ->onReady({.readable = (event.events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0,
                           .writable = (event.events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0,
                           .closed = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0});
        }
        resumeReady();
    }
    system.count = system.next = 0;
}

} // namespace mainstay::engine
