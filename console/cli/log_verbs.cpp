// SPDX-License-Identifier: GPL-3.0-or-later
// log tail and log reopen.
#include "cli/arguments.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/service_session.h"
#include "cli/verbs.h"
#include "rpc/log_methods.h"

namespace mainstay::cli {
namespace {

Result<ExitCode> tail(Invocation &invocation)
{
    const Result<std::optional<quint64>> lines = invocation.arguments.number(QStringLiteral("lines"), 0, 10'000);
    if (!lines)
        return tl::unexpected<Error>(lines.error());
    rpc::TailLog request;
    request.lines = static_cast<std::uint32_t>(lines->value_or(request.lines));
    request.follow = invocation.arguments.has(QStringLiteral("follow"));
    if (invocation.arguments.has(QStringLiteral("access")))
        request.source = rpc::LogSource::access;
    if (const std::optional<QString> log = invocation.arguments.value(QStringLiteral("log"))) {
        request.source = rpc::LogSource::access;
        request.log = log->toStdString();
    }
    if (const std::optional<QString> app = invocation.arguments.value(QStringLiteral("app"))) {
        request.source = rpc::LogSource::app;
        request.app = app->toStdString();
    }

    Output &output = invocation.output;
    const auto begins = request.follow ? ServiceSession::Begins::quietly : ServiceSession::Begins::withAnEvent;
    Result<> ended = invocation.service.follow<rpc::TailLog>(request, begins, [&](const rpc::LogLine &line) {
        if (output.isJson()) {
            output.jsonLine(rpc::toJson(line));
        } else {
            const QString time = line.time ? localTimeText(*line.time) + QLatin1Char(' ') : QString();
            output.line(time + harmless(QString::fromStdString(line.text)));
        }
        return output.isWhole();
    });
    if (!ended)
        return forward(std::move(ended));
    return ExitCode::done;
}

Result<ExitCode> reopen(Invocation &invocation)
{
    Result<rpc::ReopenedLogs> reopened = invocation.service.call(rpc::ReopenLogs{});
    if (!reopened)
        return forward(std::move(reopened));
    if (invocation.output.isJson())
        invocation.output.value(*reopened);
    else
        invocation.output.line(
            QStringLiteral("The logs are opened anew; mainstayctl status tells of those that cannot be."));
    return ExitCode::done;
}

} // namespace

std::vector<Verb> logVerbs()
{
    return {
        {.name = QStringLiteral("log tail"),
         .arguments = {},
         .summary = QStringLiteral("Show the last lines of a log"),
         .details = QStringLiteral("The log of events, unless --access, --log or --app is given."),
         .options = {{QStringLiteral("lines"), QLatin1Char('n'), QStringLiteral("N"),
                      QStringLiteral("How many lines (default: 20)")},
                     {QStringLiteral("follow"), QLatin1Char('f'), {}, QStringLiteral("Go on with new lines")},
                     {QStringLiteral("access"), {}, {}, QStringLiteral("The log of requests")},
                     {QStringLiteral("log"), {}, QStringLiteral("LOG"), QStringLiteral("Another log of requests")},
                     {QStringLiteral("app"), {}, QStringLiteral("APP"), QStringLiteral("What an app prints")}},
         .examples = {{QStringLiteral("log tail -n 50"), QStringLiteral("the last 50 events")},
                      {QStringLiteral("log tail -f --access"), QStringLiteral("requests as they are answered")}},
         .run = tail},
        {.name = QStringLiteral("log reopen"),
         .arguments = {},
         .summary = QStringLiteral("Open the logs of requests anew"),
         .details =
             QStringLiteral("After others have moved their files. It is not needed: a file that was moved is missed\n"
                            "before anything more is written. What rotates logs may use it to be sure that nothing\n"
                            "more comes."),
         .options = {},
         .examples = {{QStringLiteral("log reopen"), QStringLiteral("from logrotate, in postrotate")}},
         .run = reopen},
    };
}

} // namespace mainstay::cli
