// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/app_service.h"

#include "control/instance_question.h"
#include "platform/process_tree.h"
#include "schema/kinds.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

namespace mainstay::control {

namespace {

constexpr std::string_view kPrefix = "app:";

std::optional<std::string> appOf(const std::string &backend)
{
    if (!backend.starts_with(kPrefix))
        return std::nullopt;
    return backend.substr(kPrefix.size());
}

config::BackendConfig backendConfig(const config::AppConfig &app)
{
    config::BackendConfig backend;
    backend.balance = app.balance;
    backend.responseTimeout = app.responseTimeout;
    backend.totalTimeout = app.totalTimeout;
    // Servers of programs close connections that rest, many after two seconds or five.
    backend.idleTimeout = Milliseconds(1500);
    backend.healthPath = app.readyPath;
    if (app.kind == config::AppKind::handlers && app.readyPath.empty())
        backend.healthPath = config::UrlPath{"/.mainstay/ready"};
    backend.healthInterval = Milliseconds(250);
    backend.healthTimeout = Seconds(5);
    backend.healthRise = 1;
    return backend;
}

config::ServerConfig serverConfig(const PeerAddress &address)
{
    config::ServerConfig server;
    const Endpoint *endpoint = address.endpoint();
    server.address.tcp = {"localhost", endpoint ? endpoint->port : std::uint16_t{80}};
    return server;
}

rpc::InstanceState stateOf(const apps::Instance &instance)
{
    using Stage = apps::Instance::Stage;
    const bool waits = instance.report.phase == handover::AppPhase::waiting;
    switch (instance.stage) {
    case Stage::draining:
    case Stage::stopping:
        return rpc::InstanceState::stopping;
    case Stage::starting:
        return waits ? rpc::InstanceState::waiting : rpc::InstanceState::starting;
    case Stage::ready:
        break;
    }
    return instance.answers ? rpc::InstanceState::ready : rpc::InstanceState::unready;
}

std::string reasonOf(const apps::Instance &instance)
{
    if (instance.report.process == 0 && !instance.report.reason.empty())
        return instance.report.reason;
    if (instance.stage == apps::Instance::Stage::ready || instance.report.reason.empty() || !instance.lastCheck.empty())
        return instance.lastCheck;
    return "before: " + instance.report.reason;
}

} // namespace

AppService::AppService(handover::GuardLink *link, CellRegistry &cells, logs::EventLog &events,
                       DatabaseWaitsFor databaseWaitsFor, apps::Surroundings surroundings)
    : m_link(link), m_cells(cells), m_events(events),
      m_supervisor({*this, [this](const apps::InstanceIdentity &instance) { return cellOf(instance)->inFlight(); },
                    [this](const apps::InstanceIdentity &instance, bool takes) {
                        cellOf(instance)->state.store(takes ? config::ServerState::ready : config::ServerState::drain,
                                                      std::memory_order_relaxed);
                    },
                    [databaseWaitsFor = std::move(databaseWaitsFor)](const config::AppConfig &app) {
                        return app.kind == config::AppKind::handlers ? databaseWaitsFor(app.database.name) : "";
                    },
                    [this](const apps::InstanceIdentity &instance, std::function<void(std::string why)> done) {
                        askDatabase(instance, std::move(done));
                    },
                    [this](bool isError, const std::string &app, const std::string &text) {
                        m_events.add(isError ? logs::EventSeverity::error : logs::EventSeverity::info, "app." + app,
                                     text);
                    }},
                   std::move(surroundings))
{
    connect(&m_supervisor, &apps::Supervisor::instancesChanged, this, &AppService::instancesChanged);
    if (!m_link)
        allReported();
}

AppService::~AppService()
{
    dropQuestions(this);
}

void AppService::allReported()
{
    m_allReported = true;
    m_supervisor.allReported();
}

void AppService::adopt(std::shared_ptr<const config::Configuration> configuration)
{
    m_supervisor.adopt(std::move(configuration));
}

const AppService::Backends &AppService::makeBackends(const config::Configuration &configuration)
{
    m_backends.clear();
    for (const auto &[name, config] : configuration.apps) {
        auto backend = std::make_shared<snapshot::Backend>();
        const CellRegistry::Backend cell = m_cells.backend(backendName(name));
        backend->name = backendName(name);
        backend->config = backendConfig(config);
        backend->cell = cell.cell;
        backend->number = cell.number;
        backend->protocol = config.protocol;
        backend->buffers = true;
        if (config.kind == config::AppKind::handlers)
            backend->largestBody = config.maxBody;
        if (const auto app = m_supervisor.apps().find(name); app != m_supervisor.apps().end()) {
            for (const apps::Instance &instance : app->second.instances) {
                if (instance.stage == apps::Instance::Stage::stopping)
                    continue;
                const apps::InstanceIdentity &identity = instance.identity;
                backend->servers.push_back({identity.name(), serverConfig(identity.address), identity.address,
                                            cellOf(identity), identity.token});
            }
        }
        m_backends.push_back(std::move(backend));
    }
    return m_backends;
}

bool AppService::keeps(const std::string &backend) const
{
    const auto app = appOf(backend);
    return app && m_supervisor.apps().contains(*app);
}

bool AppService::keeps(const CellRegistry::ServerKey &server) const
{
    const auto name = appOf(server.first);
    const auto app = name ? m_supervisor.apps().find(*name) : m_supervisor.apps().end();
    return app != m_supervisor.apps().end() &&
           std::any_of(app->second.instances.begin(), app->second.instances.end(),
                       [&](const apps::Instance &instance) { return instance.identity.name() == server.second; });
}

bool AppService::takeProbe(const http::ProbeReport &report)
{
    const auto app = appOf(report.server->backend);
    if (!app)
        return false;
    if (report.verdict)
        report.server->health.store(report.verdict->health, std::memory_order_relaxed);
    m_supervisor.checked(*app, report.server->id, report.passed, report.detail);
    return true;
}

bool AppService::writeLog(const std::string &backend, const std::string &server, const std::string &line)
{
    const auto app = appOf(backend);
    if (app && m_link)
        m_link->writeAppLog(*app + "/" + server, line);
    return app.has_value();
}

std::vector<rpc::AppStatus> AppService::statuses(const Uses &uses) const
{
    std::vector<rpc::AppStatus> statuses;
    for (const auto &[name, app] : m_supervisor.apps()) {
        rpc::AppStatus status;
        status.name = name;
        status.kind = std::string(schema::enumName(app.config.kind));
        status.command = app.config.kind == config::AppKind::handlers ? "mainstay-apphost" : app.config.command;
        for (const std::string &argument : app.config.arguments)
            status.command += " " + argument;
        status.wanted = app.wanted ? app.config.instances : 0;
        status.ready = app.ready();
        status.restarting = app.isReplacing();
        status.reason = app.waitsFor.empty() ? app.complaint() : app.waitsFor;
        for (const apps::Instance &instance : app.instances) {
            rpc::InstanceStatus entry;
            entry.name = instance.identity.name();
            entry.state = stateOf(instance);
            entry.reason = reasonOf(instance);
            entry.address = instance.identity.address.text();
            entry.restarts = instance.report.restarts;
            entry.inFlight = cellOf(instance.identity)->inFlight();
            if (instance.report.startedAt > 0)
                entry.started = WallTime(Milliseconds(instance.report.startedAt));
            if (const auto use = uses.find(instance.report.process);
                use != uses.end() && instance.report.process != 0) {
                entry.pid = use->second.program;
                entry.cpuSeconds = use->second.cpuSeconds;
                entry.memoryBytes = use->second.memoryBytes;
                entry.processes = use->second.processes;
            }
            status.instances.push_back(std::move(entry));
        }
        statuses.push_back(std::move(status));
    }
    return statuses;
}

std::vector<PoolUser> AppService::poolUsers() const
{
    std::vector<PoolUser> users;
    for (const auto &[name, app] : m_supervisor.apps()) {
        if (app.config.kind != config::AppKind::handlers || app.config.database.name.empty())
            continue;
        for (const apps::Instance &instance : app.instances) {
            const apps::InstanceIdentity &identity = instance.identity;
            // One of an earlier configuration may use another database.
            const bool isCurrent = identity.fingerprint == app.fingerprint;
            if (isCurrent && instance.stage == apps::Instance::Stage::ready && instance.answers &&
                identity.address.endpoint())
                users.push_back(
                    {name, identity.name(), app.config.database.name, *identity.address.endpoint(), identity.token});
        }
    }
    return users;
}

std::vector<std::uint32_t> AppService::attendants() const
{
    std::vector<std::uint32_t> attendants;
    for (const auto &[name, app] : m_supervisor.apps()) {
        for (const apps::Instance &instance : app.instances) {
            if (instance.report.process != 0)
                attendants.push_back(instance.report.process);
        }
    }
    return attendants;
}

AppService::Uses AppService::usesOf(const std::vector<std::uint32_t> &attendants)
{
    Uses uses;
    for (const std::uint32_t attendant : attendants) {
        Use &use = uses[attendant];
        for (const int process : platform::descendantsOf(static_cast<int>(attendant))) {
            const auto one = platform::useOf(process);
            if (!one)
                continue;
            if (use.program == 0)
                use.program = process;
            use.cpuSeconds += static_cast<double>(one->processorTime.count()) / 1000;
            use.memoryBytes += one->memory;
            ++use.processes;
        }
    }
    return uses;
}

Result<> AppService::start(const apps::InstanceIdentity &instance, const apps::Launch &launch)
{
    if (!m_link)
        return fail("app.no-guard", "mainstay-core runs alone, and it is mainstayd that runs apps", "start mainstayd");
    std::optional<handover::Descriptor> inherited;
    if (launch.inherited) {
        auto stored = handover::storeBytes(*launch.inherited);
        if (!stored)
            return forward(std::move(stored));
        inherited = std::move(*stored);
    }
    return m_link->startApp(instance.runName(), instance.label(), launch.spec, inherited ? &*inherited : nullptr);
}

void AppService::stop(const apps::InstanceIdentity &instance)
{
    if (m_link)
        m_link->stopApp(instance.runName());
}

void AppService::remember(const apps::InstanceIdentity &instance)
{
    if (m_link)
        m_link->appReady(instance.runName());
}

void AppService::rememberOutdated(const apps::InstanceIdentity &instance)
{
    if (m_link)
        m_link->appOutdated(instance.runName());
}

void AppService::askDatabase(const apps::InstanceIdentity &instance, std::function<void(std::string why)> done)
{
    const Endpoint *address = instance.address.endpoint();
    if (!address)
        return; // what is no handlers app, which always has one
    askInstance(this, {*address, instance.token, "/.mainstay/database", kDatabasePatience},
                [done = std::move(done)](const QByteArray &answer) {
                    if (isOk(answer))
                        return done("");
                    const QJsonObject said = QJsonDocument::fromJson(bodyOf(answer)).object();
                    const std::string why = said.value(QLatin1String("error")).toString().toStdString();
                    done(why.empty() ? "it does not say so" : why);
                });
}

std::shared_ptr<shared_state::ServerCell> AppService::cellOf(const apps::InstanceIdentity &instance) const
{
    return m_cells.server({backendName(instance.app), instance.name()});
}

} // namespace mainstay::control
