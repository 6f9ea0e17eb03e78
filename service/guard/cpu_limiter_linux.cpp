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

// A process that lives for less than a period is seen only in what its parent collects. What one that was seen had used
// comes back there too, and is not to count twice; should nobody have waited for it, it is forgotten a tick later.
Milliseconds CpuLimiter::usedSince(std::span<const int> processes)
{
    std::map<int, Times> used;
    Milliseconds own{0};
    Milliseconds collected{0};
    const auto count = [&](int process) {
        const auto use = platform::useOf(process);
        if (!use)
            return;
        const Times now{process == m_root ? Milliseconds{0} : use->processorTime, use->collectedTime};
        const auto known = m_used.find(process);
        const Times before = known == m_used.end() ? Times{} : known->second;
        own += std::max(now.own - before.own, Milliseconds{0}); // its number may have gone to another
        collected += std::max(now.collected - before.collected, Milliseconds{0});
        used.emplace(process, now);
    };
    count(m_root);
    std::for_each(processes.begin(), processes.end(), count);
    Milliseconds gone{0};
    for (const auto &[process, before] : m_used) {
        if (!used.contains(process))
            gone += before.own + before.collected;
    }
    const Milliseconds counted = gone + m_uncollected;
    m_uncollected = std::clamp(counted - collected, Milliseconds{0}, gone);
    m_used = std::move(used);
    return own + std::max(collected - counted, Milliseconds{0});
}

} // namespace mainstay::guard
