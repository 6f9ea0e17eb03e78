// SPDX-License-Identifier: GPL-3.0-or-later
// Turns the results of health probes into a verdict on a server, so that one lost packet changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mainstay::balance {

// Consecutive results it takes to change one's mind. Both at least 1.
struct HealthThresholds {
    std::uint32_t rise = 2;
    std::uint32_t fall = 3;
};

enum class Health : std::uint8_t {
    unknown, // no probe has finished yet: served, since refusing everything at start would be worse
    up,
    down,
};

// "unknown", "up", "down".
[[nodiscard]] std::string_view text(Health health) noexcept;

// A change of mind, for the event log.
struct HealthVerdict {
    Health health = Health::unknown;
    std::string reason; // "3 probes failed in a row: connection refused"
};

// The thread that probes. One per server.
class HealthTracker {
public:
    // `health`: what is known already.
    explicit HealthTracker(HealthThresholds thresholds, Health health = Health::unknown) noexcept
        : m_thresholds(thresholds), m_health(health)
    {}

    // Takes one probe's result; a verdict when it changes the health. The first result decides alone. `detail` says
    // what was seen: "status 200", "connection refused".
    [[nodiscard]] std::optional<HealthVerdict> record(bool passed, std::string_view detail);
    // New thresholds count from now on; the health stays.
    void setThresholds(HealthThresholds thresholds) noexcept { m_thresholds = thresholds; }

    [[nodiscard]] Health health() const noexcept { return m_health; }
    [[nodiscard]] bool serving() const noexcept { return m_health != Health::down; }

private:
    HealthThresholds m_thresholds;
    Health m_health;
    std::uint32_t m_streak = 0; // results in a row that speak against m_health
};

} // namespace mainstay::balance
