// SPDX-License-Identifier: GPL-3.0-or-later
// log tail: the last lines of a log, and those to come.
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
    if (const std::optional<QString> app = invocation.arguments.value(QStringLiteral("app"))) {
        request.source = rpc::LogSource::app;
        request.app = app->toStdString();
    }

    Output &output = invocation.output;
    Result<> ended = invocation.service.follow<rpc::TailLog>(request, [&](const rpc::LogLine &line) {
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

} // namespace

std::vector<Verb> logVerbs()
{
    return {
        {.name = QStringLiteral("log tail"),
         .arguments = {},
         .summary = QStringLiteral("Show the last lines of a log"),
         .details = QStringLiteral("The log of events, unless --access or --app is given."),
         .options = {{QStringLiteral("lines"), QLatin1Char('n'), QStringLiteral("N"),
                      QStringLiteral("How many lines (default: 20)")},
                     {QStringLiteral("follow"), QLatin1Char('f'), {}, QStringLiteral("Go on with new lines")},
                     {QStringLiteral("access"), {}, {}, QStringLiteral("The log of requests")},
                     {QStringLiteral("app"), {}, QStringLiteral("APP"), QStringLiteral("What an app prints")}},
         .examples = {{QStringLiteral("log tail -n 50"), QStringLiteral("the last 50 events")},
                      {QStringLiteral("log tail -f --access"), QStringLiteral("requests as they are answered")}},
         .run = tail},
    };
}

} // namespace mainstay::cli
