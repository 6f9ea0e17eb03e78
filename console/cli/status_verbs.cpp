// SPDX-License-Identifier: GPL-3.0-or-later
// status and zone list: how things are.
#include "cli/arguments.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/service_session.h"
#include "cli/status_tables.h"
#include "cli/verbs.h"
#include "rpc/status_methods.h"

namespace mainstay::cli {
namespace {

void printHead(Output &output, const rpc::Status &status)
{
    const std::string_view state = rpc::nameOf(status.state);
    output.line(QStringLiteral("Mainstay %1 is %2, %3, up %4, process %5")
                    .arg(output.styled(QString::fromStdString(status.version), Style::strong),
                         output.styled(QString::fromUtf8(state.data(), static_cast<qsizetype>(state.size())),
                                       status.state == rpc::ServiceState::serving ? Style::good : Style::warning),
                         status.revision == 0 ? QStringLiteral("no revision applied")
                                              : QStringLiteral("revision %1").arg(status.revision),
                         spanText(status.uptime))
                    .arg(status.pid));
    if (status.confirmBy)
        output.line(output.styled(QStringLiteral("It goes back %1 unless confirmed: mainstayctl config confirm")
                                      .arg(agoText(*status.confirmBy, WallClock::now())),
                                  Style::warning));
}

void printDrift(Output &output, const rpc::Status &status)
{
    if (status.drift.empty())
        return;
    output.line();
    output.line(
        output.styled(QStringLiteral("Files differ from what runs (mainstayctl config diff):"), Style::warning));
    for (const rpc::DriftedFile &drifted : status.drift)
        output.line(harmless(QStringLiteral("  %1  %2")
                                 .arg(QString::fromStdString(std::string(rpc::nameOf(drifted.change))),
                                      QString::fromStdString(drifted.file))));
}

Result<ExitCode> printStatus(Invocation &invocation)
{
    Output &output = invocation.output;
    Result<rpc::Status> status = invocation.service.call(rpc::GetStatus{});
    if (!status)
        return forward(std::move(status));
    if (output.isJson()) {
        output.value(*status);
        return ExitCode::done;
    }
    printHead(output, *status);
    if (!status->problems.empty()) {
        output.line();
        output.problems(status->problems);
    }
    printDrift(output, *status);
    for (const rpc::AppStatus &app : status->apps) {
        if (!app.reason.empty())
            output.line(output.styled(
                QStringLiteral("app.%1: %2").arg(QString::fromStdString(app.name), QString::fromStdString(app.reason)),
                Style::bad));
    }
    const WallTime now = WallClock::now();
    for (const Table &table :
         {listenerTable(status->listeners), siteTable(status->sites), serverTable(status->backends, now),
          appTable(status->apps, now), databaseTable(status->databases, now), poolTable(status->databases),
          zoneTable(status->zones, now)}) {
        if (table.isEmpty())
            continue;
        output.line();
        output.table(table);
    }
    return ExitCode::done;
}

Result<ExitCode> listZones(Invocation &invocation)
{
    Result<rpc::Status> status = invocation.service.call(rpc::GetStatus{});
    if (!status)
        return forward(std::move(status));
    if (invocation.output.isJson()) {
        invocation.output.value(status->zones);
        return ExitCode::done;
    }
    for (const rpc::ZoneStatus &zone : status->zones)
        invocation.output.problems(zone.problems);
    invocation.output.table(zoneTable(status->zones, WallClock::now()));
    return ExitCode::done;
}

} // namespace

std::vector<Verb> statusVerbs()
{
    return {
        {.name = QStringLiteral("status"),
         .arguments = {},
         .summary = QStringLiteral("Show how the service and each of its objects are"),
         .details = {},
         .options = {},
         .examples = {{QStringLiteral("status"), QStringLiteral("listeners, sites, servers, zones and problems")},
                      {QStringLiteral("status --json"), QStringLiteral("the same for a program")}},
         .run = printStatus},
        {.name = QStringLiteral("zone list"),
         .arguments = {},
         .summary = QStringLiteral("List the DNS zones that are answered for"),
         .details = {},
         .options = {},
         .examples = {{QStringLiteral("zone list"), QStringLiteral("serials, sizes and problems")}},
         .run = listZones},
    };
}

} // namespace mainstay::cli
