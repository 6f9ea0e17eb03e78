// SPDX-License-Identifier: GPL-3.0-or-later
// What happened to the service lately: servers going down, configurations applied, files that could not be read.
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mainstay::logs {

enum class EventSeverity : std::uint8_t { info, warning, error };

// "info", "warning", "error".
[[nodiscard]] std::string_view text(EventSeverity severity) noexcept;

// Immutable.
struct Event {
    std::uint64_t sequence = 0; // from 1, without gaps
    WallTime time;
    EventSeverity severity = EventSeverity::info;
    std::string object; // "backend.app.server.a"; empty for the service as a whole
    std::string message;

    // "warning: backend.app.server.a: down: connection refused", on one line.
    [[nodiscard]] std::string text() const;
};

// Shared. Keeps the last events in memory. Not for anything that happens once a request.
class EventLog {
public:
    using Sink = std::function<void(const Event &)>;
    using Now = std::function<WallTime()>;

    // `sink` gets every event in order, on the thread that adds it, and must not call back into the log.
    explicit EventLog(std::size_t capacity, Sink sink = {}, Now now = &WallClock::now);

    void add(EventSeverity severity, std::string object, std::string message);

    // The events after number `sequence`, oldest first, at most `max`. A reader that is further behind than the log
    // reaches sees it from the gap in the numbers.
    [[nodiscard]] std::vector<Event> since(std::uint64_t sequence, std::size_t max) const;
    // The last `count` events, oldest first.
    [[nodiscard]] std::vector<Event> tail(std::size_t count) const;
    [[nodiscard]] std::uint64_t lastSequence() const;

private:
    const std::size_t m_capacity;
    const Sink m_sink;
    const Now m_now;
    mutable std::mutex m_mutex; // guards what follows, and the sink's order
    std::deque<Event> m_events;
    std::uint64_t m_lastSequence = 0;
};

} // namespace mainstay::logs
