// SPDX-License-Identifier: GPL-3.0-or-later
// See event_log.h.
#include "logs/event_log.h"

#include "base/printable.h"

#include <algorithm>
#include <utility>

namespace mainstay::logs {

std::string_view text(EventSeverity severity) noexcept
{
    switch (severity) {
    case EventSeverity::info:
        return "info";
    case EventSeverity::warning:
        return "warning";
    case EventSeverity::error:
        break;
    }
    return "error";
}

std::string Event::text() const
{
    std::string line(logs::text(severity));
    line += ": ";
    if (!object.empty())
        line.append(object).append(": ");
    line += message;
    return printable(line); // what a server or a file said may be quoted in it
}

EventLog::EventLog(std::size_t capacity, Sink sink, Now now)
    : m_capacity(std::max<std::size_t>(capacity, 1)), m_sink(std::move(sink)), m_now(std::move(now))
{}

void EventLog::add(EventSeverity severity, std::string object, std::string message)
{
    const std::lock_guard lock(m_mutex);
    if (m_events.size() == m_capacity)
        m_events.pop_front();
    m_events.push_back({++m_lastSequence, m_now(), severity, std::move(object), std::move(message)});
    if (m_sink)
        m_sink(m_events.back());
}

std::vector<Event> EventLog::since(std::uint64_t sequence, std::size_t max) const
{
    const std::lock_guard lock(m_mutex);
    if (sequence >= m_lastSequence)
        return {};
    const std::uint64_t missed = std::min<std::uint64_t>(m_lastSequence - sequence, m_events.size());
    const auto first = m_events.end() - static_cast<std::ptrdiff_t>(missed);
    return {first, first + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(missed, max))};
}

std::vector<Event> EventLog::tail(std::size_t count) const
{
    const std::lock_guard lock(m_mutex);
    return {m_events.end() - static_cast<std::ptrdiff_t>(std::min(count, m_events.size())), m_events.end()};
}

std::uint64_t EventLog::lastSequence() const
{
    const std::lock_guard lock(m_mutex);
    return m_lastSequence;
}

} // namespace mainstay::logs
