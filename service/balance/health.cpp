// SPDX-License-Identifier: GPL-3.0-or-later
// See health.h.
#include "balance/health.h"

namespace mainstay::balance {
namespace {

std::string reasonFor(bool passed, std::uint32_t streak, std::string_view detail)
{
    std::string reason = streak == 1 ? "the probe" : std::to_string(streak) + " probes";
    reason += passed ? " passed" : " failed";
    if (streak > 1)
        reason += " in a row";
    if (!detail.empty())
        reason.append(": ").append(detail);
    return reason;
}

} // namespace

std::string_view text(Health health) noexcept
{
    switch (health) {
    case Health::up:
        return "up";
    case Health::down:
        return "down";
    case Health::unknown:
        break;
    }
    return "unknown";
}

std::optional<HealthVerdict> HealthTracker::record(bool passed, std::string_view detail)
{
    const Health seen = passed ? Health::up : Health::down;
    if (seen == m_health) {
        m_streak = 0;
        return std::nullopt;
    }
    ++m_streak;
    const std::uint32_t needed = passed ? m_thresholds.rise : m_thresholds.fall;
    if (m_health != Health::unknown && m_streak < needed)
        return std::nullopt;
    HealthVerdict verdict{seen, reasonFor(passed, m_streak, detail)};
    m_health = seen;
    m_streak = 0;
    return verdict;
}

} // namespace mainstay::balance
