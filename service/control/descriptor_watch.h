// SPDX-License-Identifier: GPL-3.0-or-later
// Tells when connections wait because the process may open no more.
#pragma once

#include "base/clock.h"
#include "base/problem.h"
#include "logs/event_log.h"

#include <cstdint>
#include <optional>

namespace mainstay::control {

// Control thread. An event when it begins, each minute that it goes on, and when it is over.
class DescriptorWatch {
public:
    // `most`: how many the process may have open.
    DescriptorWatch(logs::EventLog &events, std::uint64_t most) : m_events(events), m_most(most) {}

    // To be called every few seconds, with how often a worker has put off a connection since it began.
    void look(std::uint64_t putOff, SteadyTime now);
    [[nodiscard]] const std::optional<Problem> &problem() const noexcept { return m_problem; }

private:
    logs::EventLog &m_events;
    const std::uint64_t m_most;
    std::uint64_t m_putOff = 0;
    SteadyTime m_seen{}; // the last look that found more
    SteadyTime m_said{};
    std::optional<Problem> m_problem;
};

} // namespace mainstay::control
