// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/descriptor_watch.h"

namespace mainstay::control {

namespace {

constexpr Seconds kOverAfter{10}; // without one that was put off
constexpr Seconds kSaidEvery{60};

} // namespace

void DescriptorWatch::look(std::uint64_t putOff, SteadyTime now)
{
    const bool isMore = putOff != m_putOff;
    m_putOff = putOff;
    if (isMore) {
        m_seen = now;
    } else if (m_problem && now - m_seen >= kOverAfter) {
        m_problem.reset();
        m_events.add(logs::EventSeverity::info, "", "connections are taken at once again");
    }
    if (!isMore)
        return;
    const bool isDue = m_said == SteadyTime{} || now - m_said >= kSaidEvery;
    if (!m_problem)
        m_problem = Problem{"service.no-descriptors",
                            "",
                            "new connections wait: of the " + std::to_string(m_most) +
                                " files and sockets that the service may have open, none is left for them",
                            "raise LimitNOFILE of the service, or lower idle_timeout and max_connections",
                            {}};
    if (!isDue)
        return;
    m_said = now;
    m_events.add(logs::EventSeverity::error, "", m_problem->text());
}

} // namespace mainstay::control
