// SPDX-License-Identifier: GPL-3.0-or-later
// status.get, and the methods on servers, which answer with a server's status.
#include "control/method_groups.h"
#include "rpc/methods.h"
#include "schema/node.h"

#include <QCoreApplication>

#include <algorithm>
#include <iterator>

namespace mainstay::control {

namespace {

const SteadyTime kStarted = SteadyClock::now();

rpc::ServerHealth healthOf(const shared_state::ServerCell &cell)
{
    switch (cell.health.load(std::memory_order_relaxed)) {
    case balance::Health::unknown:
        return rpc::ServerHealth::unknown;
    case balance::Health::up:
        return rpc::ServerHealth::up;
    case balance::Health::down:
        return rpc::ServerHealth::down;
    }
    return rpc::ServerHealth::unknown;
}

rpc::ServerStatus serverStatus(const Reporting &reporting, const std::string &backend, const std::string &id,
                               const config::ServerConfig &config)
{
    const auto cell = reporting.cells.server({backend, id});
    const ServerOverride override = reporting.overrides.find({backend, id});
    rpc::ServerStatus status;
    status.name = id;
    status.address = config.address.text();
    status.configuredState = config.state;
    status.overrideState = override.state;
    status.health = healthOf(*cell);
    if (const ProbeResults::Result *result = reporting.probes.find(*cell)) {
        status.lastCheck = result->time;
        status.lastCheckReason = result->detail;
    }
    status.inFlight = cell->inFlight();
    status.configuredWeight = config.weight;
    status.overrideWeight = override.weight;
    return status;
}

std::string_view protocolName(config::Protocol protocol)
{
    for (const auto &enumerator : enumerators(protocol)) {
        if (enumerator.value == protocol)
            return enumerator.name;
    }
    return {};
}

// The message of the first problem with an object; empty when there is none.
std::string reasonFor(const Problems &problems, const std::string &path)
{
    for (const Problem &problem : problems) {
        if (problem.severity == Severity::error && (problem.path == path || problem.path.starts_with(path + ".")))
            return problem.message;
    }
    return {};
}

void addListeners(const Reporting &reporting, const config::Configuration &configuration, rpc::Status &status)
{
    for (const auto &[name, listener] : configuration.listeners) {
        for (const ListeningPlace &place : ListeningSockets::placesOf(name, listener)) {
            const auto local = reporting.sockets.local(place);
            rpc::ListenerStatus entry;
            entry.name = name;
            entry.address = local.value_or(place.endpoint).text();
            entry.protocol = std::string(protocolName(listener.protocol));
            if (place.plane != Plane::http)
                entry.protocol += place.plane == Plane::dnsUdp ? "/udp" : "/tcp";
            entry.bound = local.has_value();
            if (!entry.bound)
                entry.reason = reasonFor(status.problems, schema::joinPath("listener", name));
            status.listeners.push_back(std::move(entry));
        }
    }
}

void addZones(const Reporting &reporting, const config::Configuration &configuration, rpc::Status &status)
{
    const Prepared &prepared = reporting.configuration.prepared();
    for (const auto &[name, zone] : configuration.zones) {
        const std::string path = schema::joinPath("zone", name);
        rpc::ZoneStatus entry;
        entry.name = name;
        if (const auto loaded = prepared.zones.find(name); loaded != prepared.zones.end()) {
            entry.serial = loaded->second.zone->serial();
            entry.names = loaded->second.zone->counts().names;
            entry.records = loaded->second.zone->counts().records;
            entry.loaded = loaded->second.loaded;
        }
        for (const Problem &problem : status.problems) {
            if (problem.path == path || problem.path.starts_with(path + "."))
                entry.problems.push_back(problem);
        }
        status.zones.push_back(std::move(entry));
    }
}

rpc::FileChange changeOf(Drift::Kind kind)
{
    switch (kind) {
    case Drift::Kind::added:
        return rpc::FileChange::added;
    case Drift::Kind::removed:
        return rpc::FileChange::removed;
    case Drift::Kind::changed:
        return rpc::FileChange::changed;
    case Drift::Kind::unreadable:
        return rpc::FileChange::unreadable;
    }
    return rpc::FileChange::changed;
}

// Any thread that may block on a disk.
std::vector<Drift> driftOfZones(const Prepared &prepared)
{
    std::vector<Drift> drift;
    for (const auto &[name, zone] : prepared.zones) {
        for (const std::filesystem::path &file : zone.changedFiles()) {
            std::error_code ignored;
            const bool isThere = std::filesystem::exists(file, ignored);
            drift.push_back({isThere ? Drift::Kind::changed : Drift::Kind::removed, file.string()});
        }
    }
    return drift;
}

// What takes the disk, or the system, a while to tell.
struct Looked {
    std::vector<Drift> drift;
    AppService::Uses uses;
};

// Nothing of a backend, an app or a database may be as wanted although the configuration is.
class Troubles {
public:
    explicit Troubles(Problems &problems) : m_problems(problems) {}

    void look(const rpc::BackendStatus &backend)
    {
        const auto takesNothing = [](const rpc::ServerStatus &server) {
            return server.health == rpc::ServerHealth::down || server.state() != config::ServerState::ready;
        };
        if (!backend.servers.empty() && std::ranges::all_of(backend.servers, takesNothing))
            add({"backend.no-server", "no server takes requests", "see mainstayctl backend list"}, "backend",
                backend.name);
    }

    void look(const rpc::AppStatus &app)
    {
        std::string reason = app.reason;
        for (const rpc::InstanceStatus &instance : app.instances) {
            const bool isUnwell = instance.state == rpc::InstanceState::unready ||
                                  instance.state == rpc::InstanceState::waiting ||
                                  instance.state == rpc::InstanceState::failed;
            if (reason.empty() && isUnwell)
                reason = "instance " + instance.name + ": " + instance.reason;
        }
        if (reason.empty())
            return;
        const std::string ready = std::to_string(app.ready) + " of " + std::to_string(app.wanted) + " ready: ";
        add({"app.unwell", ready + reason, "see mainstayctl log tail --app " + app.name}, "app", app.name,
            app.ready < app.wanted ? Severity::error : Severity::warning);
    }

    void look(const rpc::DatabaseStatus &database)
    {
        const auto damaged = std::ranges::find_if(database.pools, &rpc::DatabasePool::damaged);
        if (damaged != database.pools.end())
            add({"database.damaged", damaged->user + " has met damage in its file",
                 "put a backup back: `mv` a whole database over its file"},
                "database", database.name);
        if (database.health == rpc::DatabaseHealth::down)
            add({"database.down", database.reason, "see mainstayctl database list"}, "database", database.name);
        if (!database.migrationProblem.empty())
            add({"database.migrations", "migrations: " + database.migrationProblem,
                 "mend the files, and apply the configuration"},
                "database", database.name);
    }

private:
    void add(const Error &error, const char *section, const std::string &name, Severity severity = Severity::error)
    {
        m_problems.push_back({error.code, schema::joinPath(section, name), error.message, error.remedy, {}, severity});
    }

    Problems &m_problems;
};

rpc::Status statusOf(const Reporting &reporting, const Looked &looked)
{
    const config::Configuration &configuration = reporting.configuration.running().loaded.configuration;
    rpc::Status status;
    status.version = MAINSTAY_VERSION;
    status.pid = QCoreApplication::applicationPid();
    status.uptime = std::chrono::duration_cast<Seconds>(SteadyClock::now() - kStarted);
    status.state = reporting.draining                    ? rpc::ServiceState::draining
                   : reporting.configuration.isServing() ? rpc::ServiceState::serving
                                                         : rpc::ServiceState::starting;
    status.revision = reporting.configuration.revision();
    status.confirmBy = reporting.configuration.confirmBy();
    status.problems = reporting.configuration.problems();
    if (const auto &error = reporting.audit.lastError())
        status.problems.push_back({error->code, "", error->message, error->remedy, {}});
    std::ranges::move(reporting.requestLogs.problems(), std::back_inserter(status.problems));
    if (const auto &problem = reporting.descriptors.problem())
        status.problems.push_back(*problem);
    for (const Drift &one : looked.drift)
        status.drift.push_back({one.path, changeOf(one.kind)});
    addListeners(reporting, configuration, status);
    for (const auto &[name, site] : configuration.sites) {
        rpc::SiteStatus entry;
        entry.name = name;
        for (const config::HostPattern &host : site.hosts)
            entry.hosts.push_back(host.pattern);
        for (const auto &listener : site.listeners)
            entry.listeners.push_back(listener.name);
        entry.reason = reasonFor(status.problems, schema::joinPath("site", name));
        entry.active = entry.reason.empty();
        status.sites.push_back(std::move(entry));
    }
    for (const auto &[name, backend] : configuration.backends) {
        rpc::BackendStatus entry;
        entry.name = name;
        for (const auto &enumerator : enumerators(backend.balance)) {
            if (enumerator.value == backend.balance)
                entry.balance = std::string(enumerator.name);
        }
        for (const auto &[id, server] : backend.servers)
            entry.servers.push_back(serverStatus(reporting, name, id, server));
        status.backends.push_back(std::move(entry));
    }
    status.apps = reporting.apps.statuses(looked.uses);
    addZones(reporting, configuration, status);
    status.databases = reporting.databases.status();
    for (rpc::DatabaseStatus &database : status.databases)
        std::ranges::move(reporting.appPools.of(database.name), std::back_inserter(database.pools));
    Troubles troubles(status.problems);
    std::ranges::for_each(status.backends, [&](const auto &one) { troubles.look(one); });
    std::ranges::for_each(status.apps, [&](const auto &one) { troubles.look(one); });
    std::ranges::for_each(status.databases, [&](const auto &one) { troubles.look(one); });
    return status;
}

// Finds the server, lets `edit` change its override, stores that and puts it in force.
template <class Edit>
Result<rpc::ServerStatus> changeServer(const Reporting &reporting, const std::string &backendName,
                                       const std::string &id, const Edit &edit)
{
    const auto &backends = reporting.configuration.running().loaded.configuration.backends;
    const auto backend = backends.find(backendName);
    if (backend == backends.end())
        return fail("server.unknown", "there is no backend `" + backendName + "`", "see mainstayctl backend list");
    const auto server = backend->second.servers.find(id);
    if (server == backend->second.servers.end())
        return fail("server.unknown", "backend `" + backendName + "` has no server `" + id + "`",
                    "see mainstayctl backend list");
    ServerOverride override = reporting.overrides.find({backendName, id});
    edit(override);
    if (Result<> stored = reporting.overrides.set({backendName, id}, override); !stored)
        return forward(std::move(stored));
    const auto cell = reporting.cells.server({backendName, id});
    cell->state.store(override.state.value_or(server->second.state), std::memory_order_relaxed);
    cell->weight.store(override.weight.value_or(server->second.weight), std::memory_order_relaxed);
    return serverStatus(reporting, backendName, id, server->second);
}

} // namespace

void bindStatusMethods(MethodRegistry &methods, const Reporting &reporting)
{
    methods.handle<rpc::GetStatus>(
        [&reporting](const rpc::GetStatus &, const Caller &, const Reply<rpc::Status> &reply) {
            if (reporting.configuration.revision() == 0)
                return reply(statusOf(reporting, {}));
            reporting.background.run(
                &reporting.configuration,
                [files = reporting.configuration.running().files, folders = reporting.store.folders(),
                 prepared = reporting.configuration.shareablePrepared(), attendants = reporting.apps.attendants()] {
                    Looked looked{driftFrom(files, folders), AppService::usesOf(attendants)};
                    std::ranges::move(driftOfZones(*prepared), std::back_inserter(looked.drift));
                    return looked;
                },
                [&reporting, reply](const Looked &looked) { reply(statusOf(reporting, looked)); });
        });
}

void bindServerMethods(MethodRegistry &methods, const Reporting &reporting)
{
    methods.handle<rpc::SetServerState>([&reporting](const rpc::SetServerState &request, const Caller &) {
        return changeServer(reporting, request.backend, request.server,
                            [&request](ServerOverride &override) { override.state = request.state; });
    });
    methods.handle<rpc::SetServerWeight>([&reporting](const rpc::SetServerWeight &request, const Caller &) {
        return changeServer(reporting, request.backend, request.server,
                            [&request](ServerOverride &override) { override.weight = request.weight; });
    });
    methods.handle<rpc::ClearServerOverride>([&reporting](const rpc::ClearServerOverride &request, const Caller &) {
        return changeServer(reporting, request.backend, request.server,
                            [](ServerOverride &override) { override = {}; });
    });
}

} // namespace mainstay::control
