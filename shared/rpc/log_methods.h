// SPDX-License-Identifier: GPL-3.0-or-later
// log.tail: the last lines of a log, and those to come. log.reopen: after others have moved the files.
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
    std::string log;
    std::uint32_t lines = 20;
    bool follow = false;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&TailLog::source, "source", {.help = "Which log"});
        v(&TailLog::app, "app", {.help = "Of the source app: whose output"});
        v(&TailLog::log, "log",
          {.help = "Of the source access: which log; empty means the first of the service that is a file"});
        v(&TailLog::lines, "lines", {.help = "Lines to begin with", .max = 10'000});
        v(&TailLog::follow, "follow", {.help = "Go on with each new line instead of ending"});
    }
};

struct ReopenedLogs {
    std::uint64_t logs = 0;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ReopenedLogs::logs, "logs", {.help = "How many logs of requests there are"});
    }
};

struct ReopenLogs {
    static constexpr MethodInfo kMethod{"log.reopen", Access::change,
                                        "Open the logs of requests anew, after others have moved their files"};
    using Result = ReopenedLogs;

    template <class Visitor>
    static void describe(Visitor &&)
    {}
};

} // namespace mainstay::rpc
