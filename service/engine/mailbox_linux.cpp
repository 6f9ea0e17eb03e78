// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/mailbox.h"

#include <cstdint>
#include <cstdlib>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace mainstay::engine {

Mailbox::Mailbox() : m_signal(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
{
    if (!m_signal.isOpen())
        std::abort(); // no worker can run without one
}

void Mailbox::post(Job job)
{
    bool first = false;
    {
        const std::lock_guard lock(m_mutex);
        first = m_jobs.empty();
        m_jobs.push_back(std::move(job));
    }
    if (first)
        wake();
}

void Mailbox::run()
{
    acknowledge();
    std::vector<Job> jobs;
    {
        const std::lock_guard lock(m_mutex);
        jobs.swap(m_jobs);
    }
    for (Job &job : jobs)
        std::exchange(job, nullptr)(); // what it holds goes with it
}

void Mailbox::wake() noexcept
{
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(m_signal.handle(), &one, sizeof one);
}

void Mailbox::acknowledge() noexcept
{
    std::uint64_t count = 0;
    [[maybe_unused]] const auto read = ::read(m_signal.handle(), &count, sizeof count);
}

} // namespace mainstay::engine
