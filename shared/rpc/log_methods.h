// SPDX-License-Identifier: GPL-3.0-or-later
// log.tail: the last lines of a log, and those to come.
#pragma once

#include "base/clock.h"
#include "rpc/method.h"

#include <cstdint>
#include <optional>
#include <string>

namespace mainstay::rpc {

enum class LogSource : std::uint8_t { events, access, app };

constexpr auto enumerators(LogSource)
{
    return std::array{
        Enumerator{LogSource::events, "events", MS_NOOP("Rpc", "Events")},
        Enumerator{LogSource::access, "access", MS_NOOP("Rpc", "Access")},
        Enumerator{LogSource::app, "app", MS_NOOP("Rpc", "App")},
    };
}

struct LogLine {
    std::optional<WallTime> time;
    std::string text;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&LogLine::time, "time", {.help = "When; nothing where the text tells"});
        v(&LogLine::text, "text", {.help = "The line without its end"});
    }
};

struct TailLog {
    static constexpr MethodInfo kMethod{"log.tail", Access::look, "The last lines of a log, and those to come"};
    using Event = LogLine;

    LogSource source = LogSource::events;
    std::string app;
    std::uint32_t lines = 20;
    bool follow = false;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&TailLog::source, "source", {.help = "Which log"});
        v(&TailLog::app, "app", {.help = "Of the source app: whose output"});
        v(&TailLog::lines, "lines", {.help = "Lines to begin with", .max = 10'000});
        v(&TailLog::follow, "follow", {.help = "Go on with each new line instead of ending"});
    }
};

} // namespace mainstay::rpc
