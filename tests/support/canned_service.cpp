// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/canned_service.h"

#include <QTimer>

#include <unistd.h>

namespace mainstay {
namespace {

rpc::AppStatus cannedApp()
{
    rpc::AppStatus app;
    app.name = "guestbook";
    app.kind = "program";
    app.command = "node server.js";
    app.wanted = 2;
    app.ready = 2;
    for (const char *name : {"1", "2"}) {
        rpc::InstanceStatus instance;
        instance.name = name;
        instance.state = rpc::InstanceState::ready;
        instance.reason = "200 OK from /health";
        instance.pid = 4720 + *name;
        instance.address = "127.0.0.1:300" + std::string(name);
        instance.started = WallClock::now() - Seconds(3723);
        instance.memoryBytes = 48ULL << 20;
        instance.processes = 1;
        app.instances.push_back(instance);
    }
    return app;
}

std::vector<rpc::DatabaseStatus> cannedDatabases()
{
    rpc::DatabaseStatus main;
    main.name = "main";
    main.driver = "sqlite";
    main.target = "/var/lib/mainstay/data/main.db";
    main.health = rpc::DatabaseHealth::up;
    main.reason = "answered in 1 ms";
    main.lastCheck = WallClock::now();
    main.serverVersion = "SQLite 3.40.1";
    main.migrationsApplied = 3;
    main.console = "write";
    rpc::DatabasePool pool;
    pool.user = "guestbook/1";
    pool.open = 2;
    pool.inUse = 1;
    pool.limit = 4;
    pool.statements = 12345;
    main.pools = {pool};
    rpc::DatabaseStatus orders;
    orders.name = "orders";
    orders.driver = "postgresql";
    orders.target = "db.internal:5432/orders";
    orders.health = rpc::DatabaseHealth::down;
    orders.reason = "db.internal:5432 refuses connections";
    orders.lastCheck = WallClock::now();
    orders.migrationsPending = 1;
    orders.console = "read";
    return {main, orders};
}

rpc::Status cannedStatus()
{
    rpc::Status status;
    status.version = "9.8.7";
    status.pid = 4711;
    status.uptime = Seconds(90);
    status.state = rpc::ServiceState::serving;
    status.revision = 12;
    status.problems.push_back(
        {"zone.serial", "zone.demo.test", "the serial went back", "raise it", {"demo.zone", 3, 0}, Severity::warning});
    status.drift.push_back({"/etc/mainstay/mainstay.toml", rpc::FileChange::changed});
    status.listeners.push_back({"web", "0.0.0.0:80", "http", true, ""});
    status.listeners.push_back({"dns", "0.0.0.0:53", "dns", false, "the port is in use"});
    status.sites.push_back({"shop", {"www.demo.test", "demo.test"}, {"web"}, true, ""});
    rpc::BackendStatus backend;
    backend.name = "app";
    for (const char *name : {"a", "b"}) {
        rpc::ServerStatus server;
        server.name = name;
        server.address = "127.0.0.1:9000";
        server.health = rpc::ServerHealth::up;
        backend.servers.push_back(server);
    }
    status.backends.push_back(backend);
    status.apps.push_back(cannedApp());
    status.databases = cannedDatabases();
    rpc::ZoneStatus zone;
    zone.name = "demo.test";
    zone.serial = 2030010101;
    zone.names = 7;
    zone.records = 12;
    zone.loaded = WallClock::now();
    status.zones.push_back(zone);
    return status;
}

} // namespace

CannedService::CannedService(const QString &socket) : status(cannedStatus())
{
    addStatusMethods();
    addConfigMethods();
    addServerMethods();
    addAppMethods();
    addStreams();
    m_server = std::make_unique<control::ManagementSocket>(
        m_methods, std::make_shared<control::AuditLog>((socket + QStringLiteral(".audit")).toStdString()),
        control::PeerPolicy{geteuid(), {}, {}});
    if (const Result<> listening = m_server->listen(socket); !listening)
        qFatal("%s", listening.error().text().c_str());
}

void CannedService::addStatusMethods()
{
    using control::Caller;
    m_methods.handle<rpc::GetStatus>(
        [this](const rpc::GetStatus &, const Caller &) -> Result<rpc::Status> { return status; });
    m_methods.handle<rpc::GetMetrics>(
        [this](const rpc::GetMetrics &, const Caller &) -> Result<rpc::MetricsSample> { return sample(); });
}

void CannedService::addConfigMethods()
{
    using control::Caller;
    m_methods.handle<rpc::GetConfig>([](const rpc::GetConfig &request, const Caller &) -> Result<rpc::ConfigView> {
        const QJsonObject app{
            {QLatin1String("balance"), QLatin1String("round_robin")},
            {QLatin1String("server"), QJsonObject{{QLatin1String("a"), QJsonObject{{QLatin1String("weight"), 3}}}}}};
        rpc::ConfigView view;
        view.revision = 12;
        view.origins.push_back({"backend.app", "files", {"mainstay.toml", 7, 1}});
        if (request.path.empty())
            view.config = QJsonObject{{QLatin1String("backend"), QJsonObject{{QLatin1String("app"), app}}}};
        else if (request.path == "backend.app")
            view = {12, request.path, app, view.origins};
        else
            return fail("config.unknown-object", "there is no `" + request.path + "`", "did you mean `backend.app`?");
        return view;
    });
    m_methods.handle<rpc::CheckConfig>([this](const rpc::CheckConfig &, const Caller &) -> Result<rpc::ConfigCheck> {
        ++checks;
        return rpc::ConfigCheck{true, {}};
    });
    m_methods.handle<rpc::DiffConfig>([](const rpc::DiffConfig &, const Caller &) -> Result<rpc::ConfigDiff> {
        using Kind = schema::ObjectChange::Kind;
        rpc::ConfigDiff diff;
        diff.changes.push_back({Kind::changed, "backend.app.server.a", {{"weight", "1", "3"}}});
        diff.changes.push_back({Kind::added, "site.new", {{"root", "", "\"/srv/new\""}}});
        return diff;
    });
    m_methods.handle<rpc::ApplyConfig>(
        [this](const rpc::ApplyConfig &request, const Caller &) -> Result<rpc::ConfigApplied> {
            applied = request;
            rpc::ConfigApplied result;
            result.applied = !refuses;
            result.revision = refuses ? 12 : 13;
            if (request.confirm)
                result.confirmBy = WallClock::now() + *request.confirm;
            if (refuses)
                result.problems.push_back({"setting.unknown",
                                           "backend.app.balnce",
                                           "unknown setting `balnce`",
                                           "did you mean `balance`?",
                                           {"mainstay.toml", 8, 1},
                                           Severity::error});
            return result;
        });
    m_methods.handle<rpc::ConfirmConfig>([](const rpc::ConfirmConfig &, const Caller &) -> Result<rpc::ConfigApplied> {
        return fail("config.nothing-to-confirm", "no configuration waits for confirmation");
    });
    m_methods.handle<rpc::ListRevisions>([](const rpc::ListRevisions &, const Caller &) -> Result<rpc::RevisionList> {
        rpc::RevisionList list;
        list.revisions.push_back({12, WallClock::now(), "alice", "new shop", true});
        list.revisions.push_back({11, WallClock::now(), "bob", "first", false});
        return list;
    });
    m_methods.handle<rpc::RollBackConfig>(
        [](const rpc::RollBackConfig &request, const Caller &) -> Result<rpc::ConfigApplied> {
            if (request.revision != 11)
                return fail("revision.unknown", "there is no revision " + std::to_string(request.revision));
            rpc::ConfigApplied result;
            result.applied = true;
            result.revision = 13;
            return result;
        });
}

void CannedService::addServerMethods()
{
    const auto change = [this](const auto &request, auto edit) -> Result<rpc::ServerStatus> {
        if (request.backend != "app")
            return fail("backend.unknown", "there is no backend `" + request.backend + "`", "known: `app`");
        for (rpc::ServerStatus &server : status.backends[0].servers) {
            if (server.name != request.server)
                continue;
            edit(server);
            return server;
        }
        return fail("server.unknown", "backend app has no server `" + request.server + "`", "known: `a`, `b`");
    };
    using control::Caller;
    m_methods.handle<rpc::SetServerState>([change](const rpc::SetServerState &request, const Caller &) {
        return change(request, [&](rpc::ServerStatus &server) { server.overrideState = request.state; });
    });
    m_methods.handle<rpc::SetServerWeight>([change](const rpc::SetServerWeight &request, const Caller &) {
        return change(request, [&](rpc::ServerStatus &server) { server.overrideWeight = request.weight; });
    });
    m_methods.handle<rpc::ClearServerOverride>([change](const rpc::ClearServerOverride &request, const Caller &) {
        return change(request, [](rpc::ServerStatus &server) {
            server.overrideState.reset();
            server.overrideWeight.reset();
        });
    });
}

void CannedService::addAppMethods()
{
    using control::Caller;
    m_methods.handle<rpc::RestartApp>([this](const rpc::RestartApp &request, const Caller &) -> Result<rpc::AppStatus> {
        restarted = request;
        if (refuses)
            return fail("app.busy", request.app + " is being restarted already", "wait until it has finished");
        status.apps[0].restarting = true;
        return status.apps[0];
    });
    m_methods.handle<rpc::QueryDatabase>(
        [this](const rpc::QueryDatabase &request, const Caller &) -> Result<rpc::QueryResult> {
            queried = request;
            if (refuses)
                return fail("database.statement", "no such table: gest", "see what tables there are");
            rpc::QueryResult result;
            result.columns = {"id", "name", "message"};
            result.rows = {{{"1", "Ada", "First!"}}, {{"2", "Grace", std::nullopt}}};
            result.spent = Milliseconds(2);
            return result;
        });
}

void CannedService::addStreams()
{
    using control::Caller;
    m_methods.stream<rpc::SubscribeMetrics>([this](const rpc::SubscribeMetrics &request, const Caller &,
                                                   const control::Stream<rpc::MetricsSample> &stream) {
        auto *timer = new QTimer(this);
        connect(timer, &QTimer::timeout, this, [this, stream] { stream.send(sample()); });
        stream.onClosed([timer] { timer->deleteLater(); });
        timer->start(request.interval);
        stream.send(sample());
    });
    m_methods.stream<rpc::TailLog>(
        [this](const rpc::TailLog &request, const Caller &, const control::Stream<rpc::LogLine> &stream) {
            tailed = request;
            std::optional<WallTime> time; // lines of the access log tell theirs themselves
            if (request.source == rpc::LogSource::events)
                time = WallTime(Seconds(86'400));
            for (std::uint32_t i = 0; i < request.lines; ++i)
                stream.send({time, "line " + std::to_string(i)});
        });
}

rpc::MetricsSample CannedService::sample()
{
    rpc::MetricsSample sample;
    sample.time = WallClock::now();
    sample.interval = m_samples == 0 ? Milliseconds(0) : Milliseconds(1000);
    sample.process.accepted = 100 * m_samples;
    rpc::SiteMetrics site;
    site.name = "shop";
    site.requests = 1000 * m_samples;
    sample.sites.push_back(site);
    ++m_samples;
    return sample;
}

} // namespace mainstay
