// SPDX-License-Identifier: GPL-3.0-or-later
// backend …: the servers, and what an operator sets on them at run time.
#include "cli/arguments.h"
#include "cli/output.h"
#include "cli/service_session.h"
#include "cli/status_tables.h"
#include "cli/verbs.h"
#include "rpc/server_methods.h"

namespace mainstay::cli {
namespace {

struct ServerName {
    std::string backend;
    std::string server;
};

Result<ServerName> serverName(const QString &text)
{
    const QStringList parts = text.split(QLatin1Char('/'));
    if (parts.size() != 2 || parts[0].isEmpty() || parts[1].isEmpty())
        return fail("usage.value", "`" + text.toStdString() + "` does not name a server",
                    "write BACKEND/SERVER; mainstayctl backend list shows them");
    return ServerName{parts[0].toStdString(), parts[1].toStdString()};
}

Result<ExitCode> listServers(Invocation &invocation)
{
    Result<rpc::Status> status = invocation.service.call(rpc::GetStatus{});
    if (!status)
        return forward(std::move(status));
    if (invocation.output.isJson()) {
        invocation.output.value(status->backends);
        return ExitCode::done;
    }
    invocation.output.table(serverTable(status->backends, WallClock::now()));
    return ExitCode::done;
}

// Sends a request about the server named first and prints how that server is now.
template <class Request>
Result<ExitCode> change(Invocation &invocation, Request request)
{
    Result<ServerName> name = serverName(invocation.arguments.positional.at(0));
    if (!name)
        return forward(std::move(name));
    request.backend = name->backend;
    request.server = name->server;
    Result<rpc::ServerStatus> server = invocation.service.call(request);
    if (!server)
        return forward(std::move(server));
    if (invocation.output.isJson()) {
        invocation.output.value(*server);
        return ExitCode::done;
    }
    rpc::BackendStatus backend;
    backend.name = name->backend;
    backend.servers.push_back(std::move(*server));
    invocation.output.table(serverTable({backend}, WallClock::now()));
    return ExitCode::done;
}

Verb::Run setState(rpc::ServerState state)
{
    return [state](Invocation &invocation) {
        rpc::SetServerState request;
        request.state = state;
        return change(invocation, request);
    };
}

Result<ExitCode> setWeight(Invocation &invocation)
{
    const Result<quint64> weight = wholeNumber(invocation.arguments.positional.at(1), QStringLiteral("N"), 1, 256);
    if (!weight)
        return tl::unexpected<Error>(weight.error());
    rpc::SetServerWeight request;
    request.weight = static_cast<std::uint32_t>(*weight);
    return change(invocation, request);
}

Verb changing(const char *name, const char *arguments, const char *summary, const char *details, Example example,
              Verb::Run run)
{
    return {.name = QString::fromUtf8(name),
            .arguments = QString::fromUtf8(arguments),
            .summary = QString::fromUtf8(summary),
            .details = QString::fromUtf8(details) +
                       QStringLiteral("It holds above the configuration, through reloads, until `backend clear`."),
            .options = {},
            .examples = {std::move(example)},
            .run = std::move(run)};
}

} // namespace

std::vector<Verb> backendVerbs()
{
    using rpc::ServerState;
    return {
        {.name = QStringLiteral("backend list"),
         .arguments = {},
         .summary = QStringLiteral("List the backends' servers"),
         .details = {},
         .options = {},
         .examples = {{QStringLiteral("backend list"), QStringLiteral("states, health, weights, requests in flight")}},
         .run = listServers},
        changing("backend drain", "BACKEND/SERVER", "Let a server finish what it has and give it nothing new", "",
                 {QStringLiteral("backend drain app/a"), QStringLiteral("before server a of backend app is updated")},
                 setState(ServerState::drain)),
        changing("backend maint", "BACKEND/SERVER", "Take a server out at once",
                 "It is not probed either while it is out.\n",
                 {QStringLiteral("backend maint app/a"), QStringLiteral("while its machine is away")},
                 setState(ServerState::maint)),
        changing("backend ready", "BACKEND/SERVER", "Give a server requests again", "",
                 {QStringLiteral("backend ready app/a"), QStringLiteral("after the update")},
                 setState(ServerState::ready)),
        changing("backend weight", "BACKEND/SERVER N", "Give a server another share of the requests",
                 "N is from 1 to 256, relative to the other servers.\n",
                 {QStringLiteral("backend weight app/a 5"), QStringLiteral("five times the share of a server with 1")},
                 setWeight),
        {.name = QStringLiteral("backend clear"),
         .arguments = QStringLiteral("BACKEND/SERVER"),
         .summary = QStringLiteral("Go back to the state and weight of the configuration"),
         .details = {},
         .options = {},
         .examples = {{QStringLiteral("backend clear app/a"), QStringLiteral("undoes drain, maint, ready and weight")}},
         .run = [](Invocation &invocation) { return change(invocation, rpc::ClearServerOverride{}); }},
    };
}

} // namespace mainstay::cli
