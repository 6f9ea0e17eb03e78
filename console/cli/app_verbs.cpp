// SPDX-License-Identifier: GPL-3.0-or-later
// app …: the programs the service runs.
#include "cli/arguments.h"
#include "cli/output.h"
#include "cli/service_session.h"
#include "cli/status_tables.h"
#include "cli/verbs.h"
#include "rpc/app_methods.h"

namespace mainstay::cli {
namespace {

Result<ExitCode> listApps(Invocation &invocation)
{
    Result<rpc::Status> status = invocation.service.call(rpc::GetStatus{});
    if (!status)
        return forward(std::move(status));
    if (invocation.output.isJson()) {
        invocation.output.value(status->apps);
        return ExitCode::done;
    }
    for (const rpc::AppStatus &app : status->apps) {
        if (!app.reason.empty())
            invocation.output.line(invocation.output.styled(
                QStringLiteral("app.%1: %2").arg(QString::fromStdString(app.name), QString::fromStdString(app.reason)),
                Style::bad));
    }
    invocation.output.table(appTable(status->apps, WallClock::now()));
    return ExitCode::done;
}

Result<ExitCode> restart(Invocation &invocation)
{
    rpc::RestartApp request;
    request.app = invocation.arguments.positional.at(0).toStdString();
    Result<rpc::AppStatus> app = invocation.service.call(request);
    if (!app)
        return forward(std::move(app));
    if (invocation.output.isJson()) {
        invocation.output.value(*app);
        return ExitCode::done;
    }
    invocation.output.line(QStringLiteral("The instances of %1 are replaced one by one; mainstayctl app list shows how "
                                          "far that is.")
                               .arg(QString::fromStdString(app->name)));
    return ExitCode::done;
}

} // namespace

std::vector<Verb> appVerbs()
{
    return {
        {.name = QStringLiteral("app list"),
         .arguments = {},
         .summary = QStringLiteral("List the apps' instances"),
         .details = {},
         .options = {},
         .examples = {{QStringLiteral("app list"), QStringLiteral("states, processes, memory, restarts")}},
         .run = listApps},
        {.name = QStringLiteral("app restart"),
         .arguments = QStringLiteral("APP"),
         .summary = QStringLiteral("Replace the instances of an app one by one, without a gap"),
         .details =
             QStringLiteral("An old instance gets nothing new once a new one is ready, finishes its requests and\n"
                            "is ended then."),
         .options = {},
         .examples = {{QStringLiteral("app restart shop"), QStringLiteral("after a new version was put in place")}},
         .run = restart},
    };
}

} // namespace mainstay::cli
