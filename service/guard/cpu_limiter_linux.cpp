// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/cpu_limiter.h"

#include "platform/process_tree.h"

#include <algorithm>
#include <csignal>

namespace mainstay::guard {

void CpuLimiter::tick(std::span<const int> processes, SteadyTime now)
{
    const Milliseconds passed =
        m_last == SteadyTime{} ? kPeriod : std::chrono::duration_cast<Milliseconds>(now - m_last);
    m_last = now;
    m_credit += passed * m_percent / 100 - usedSince(processes);
    m_credit = std::min(m_credit, kMostCredit);
    const bool stop = m_credit < Milliseconds::zero();
    // Again each time: processes may have been made since.
    if (stop || m_stopped) {
        for (const int process : processes)
            (void)::kill(process, stop ? SIGSTOP : SIGCONT);
    }
    m_stopped = stop;
}

void CpuLimiter::release(std::span<const int> processes)
{
    m_percent = 1'000'000;
    if (!m_stopped)
        return;
    for (const int process : processes)
        (void)::kill(process, SIGCONT);
    m_stopped = false;
}

Milliseconds CpuLimiter::usedSince(std::span<const int> processes)
{
    std::map<int, Milliseconds> used;
    Milliseconds sum{0};
    for (const int process : processes) {
        const auto use = platform::useOf(process);
        if (!use)
            continue;
        const auto before = m_used.find(process);
        const Milliseconds since = use->processorTime - (before == m_used.end() ? Milliseconds{0} : before->second);
        sum += std::max(since, Milliseconds{0}); // its number may have gone to another
        used.emplace(process, use->processorTime);
    }
    m_used = std::move(used);
    return sum;
}

} // namespace mainstay::guard
