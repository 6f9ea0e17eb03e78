// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/core.h"

#include "control/process_usage.h"
#include "handover/local_binder.h"
#include "rpc/config_methods.h"

#include <QCoreApplication>
#include <QTimer>

#include <cstdio>
#include <thread>

namespace mainstay::control {

namespace {

constexpr std::size_t kEventsKept = 2000;
constexpr Milliseconds kManagementRetry{2000};
constexpr Milliseconds kWatchInterval{2000};
constexpr Milliseconds kAppReports{2000}; // which the guard sends at once

void printEvent(const logs::Event &event)
{
    std::fprintf(stderr, "%s\n", event.text().c_str());
}

std::uint32_t workersOf(const config::Configuration &configuration)
{
    if (configuration.service.workers > 0)
        return configuration.service.workers;
    return std::max(1U, std::thread::hardware_concurrency());
}

} // namespace

Core::Core(CoreFolders folders, std::optional<handover::GuardLink> link)
    : m_folders(std::move(folders)), m_link(std::move(link)), m_events(kEventsKept, &printEvent),
      m_descriptors(m_events, mostDescriptors()),
      m_scriptLog([this](const std::string &backend, const std::string &server, std::string_view line) {
          post([this, backend, server, line = std::string(line)] {
              if (!m_apps->writeLog(backend, server, line))
                  m_events.add(logs::EventSeverity::warning, serverPath(backend, server), "a script says: " + line);
          });
      }),
      m_upstreamFailures([this](const std::string &path, std::string_view reason) {
          post([this, path, message = "a request could not be passed on: " + std::string(reason)] {
              m_events.add(logs::EventSeverity::warning, path, message);
          });
      })
{
    connect(&m_watching, &QTimer::timeout, this, &Core::watchDescriptors);
    m_watching.start(kWatchInterval);
}

Core::~Core()
{
    m_watching.stop();
    m_management.reset();
    m_configuration.reset();
    m_databases.reset();
    m_planes.clear(); // before what their threads use
    *m_alive = false;
    m_background.waitForDone();
    m_builder.reset(); // and with the last snapshot what holds the logs
    m_logs.reset();
    m_caches.reset();
}

void Core::post(engine::Job job)
{
    m_background.post([alive = m_alive, job = std::move(job)] {
        if (*alive)
            job();
    });
}

Result<> Core::start()
{
    auto store = ConfigStore::open({m_folders.config, m_folders.state});
    if (!store)
        return forward(std::move(store));
    m_store.emplace(std::move(*store));
    auto tls = engine::TlsContext::make({});
    if (!tls)
        return forward(std::move(tls));

    BootConfiguration boot = m_store->boot();
    const config::Configuration &configuration = boot.candidate.loaded.configuration;
    const std::uint32_t workers = workersOf(configuration);
    m_cells = std::make_unique<CellRegistry>(workers);
    m_builder = std::make_unique<SnapshotBuilder>(*m_cells, std::move(*tls));
    m_overrides = std::make_unique<ServerOverrides>(m_folders.state);
    for (const Problem &problem : m_overrides->load())
        m_events.add(logs::EventSeverity::error, "", problem.text());
    const std::filesystem::path folder = m_folders.state / "log";
    std::error_code ignored; // opening a log tells of it
    std::filesystem::create_directories(folder, ignored);
    m_logs =
        std::make_unique<LogService>(folder, m_background, m_events, [this](engine::Job job) { post(std::move(job)); });
    m_caches = std::make_unique<CacheService>(m_folders.state / "cache", workers, m_background, m_events,
                                              [this](engine::Job job) { post(std::move(job)); });
    m_spool = std::make_unique<http::Spool>(
        http::Spool::Options{(m_folders.state / "spool").string(), [this](const Error &error) {
                                 m_events.add(logs::EventSeverity::error, "service.spool_limit", error.text());
                             }});
    m_spool->setLimit(configuration.service.spoolLimit);
    if (!m_link)
        m_ownSockets = std::make_unique<handover::LocalBinder>();
    handover::SocketSource &source = m_link ? static_cast<handover::SocketSource &>(*m_link) : *m_ownSockets;
    m_sockets = std::make_unique<ListeningSockets>(source, m_planes);
    for (std::uint32_t worker = 0; worker < workers; ++worker) {
        DataPlane::Doors doors;
        doors.toControl = [this](engine::Job job) { post(std::move(job)); };
        doors.release = [this](std::shared_ptr<const void> object) {
            m_background.run([object = std::move(object)]() mutable { object.reset(); });
        };
        doors.pool = [this](engine::Job work) { m_background.run(std::move(work)); };
        doors.onProbe = [this](const http::ProbeReport &report) { takeReport(report); };
        doors.onScriptError = [this](const snapshot::Backend &backend, const snapshot::Server &server,
                                     std::string_view line) {
            const bool isApp = backend.config.protocol != config::BackendProtocol::fastcgi;
            m_scriptLog.add(backend.name, server.id, line, isApp ? ScriptLog::kMostLines : ScriptLog::kMostEvents);
        };
        doors.onUpstreamFailure = [this](const snapshot::Backend &backend, const snapshot::Server &server,
                                         std::string_view reason) {
            m_upstreamFailures.add(backend.name, server.id, reason);
        };
        doors.spool = m_spool.get();
        m_planes.push_back(std::make_unique<DataPlane>(worker, std::move(doors)));
    }
    m_databases = std::make_unique<DatabaseService>(m_folders.state / "data", m_background, m_events);
    Surroundings surroundings{m_folders.state, QSysInfo::machineHostName().toStdString(), false};
    m_apps = std::make_unique<AppService>(
        m_link ? &*m_link : nullptr, *m_cells, m_events,
        [this](const std::string &database) { return m_databases->waitsFor(database); },
        apps::Surroundings{m_folders.config, m_folders.state, m_folders.runtime,
                           QCoreApplication::applicationDirPath().toStdString() + "/mainstay-apphost"});
    m_publisher = std::make_unique<Publisher>(
        Publisher::Parts{*m_cells, *m_builder, m_planes, *m_overrides, m_apps.get(), m_logs.get(), m_caches.get()});
    m_configuration = std::make_unique<ConfigurationService>(ConfigurationService::Parts{
        m_background, *m_store, *m_publisher, *m_sockets, m_events, std::move(surroundings)});
    connect(m_apps.get(), &AppService::instancesChanged, m_configuration.get(), &ConfigurationService::publishAgain);
    connect(m_configuration.get(), &ConfigurationService::published, m_apps.get(), [this](bool refreshes) {
        m_spool->setLimit(m_configuration->running().loaded.configuration.service.spoolLimit);
        if (!refreshes) // the databases first: what is started may have to wait for their migrations
            m_databases->adopt(m_configuration->running().loaded.configuration.databases);
        m_apps->adopt(m_configuration->shareableConfiguration());
    });

    m_appPools = std::make_unique<AppPools>([this] { return m_apps->poolUsers(); });

    m_methods = std::make_unique<MethodRegistry>();
    m_audit = std::make_shared<AuditLog>((m_folders.state / AuditLog::kFileName).string());
    connect(m_configuration.get(), &ConfigurationService::wentBack, this,
            [this](RevisionNumber revision, const ApplyOutcome &outcome) {
                recordChange(rpc::RollBackConfig::kMethod,
                             {{QLatin1String("revision"), static_cast<qint64>(revision)},
                              {QLatin1String("reason"), QLatin1String("not confirmed")}},
                             outcome);
            });
    m_groups = std::make_unique<MethodGroups>(
        *m_methods, Reporting{m_background, *m_configuration, *m_store, *m_cells, *m_builder, *m_sockets, m_planes,
                              *m_overrides, *m_apps, *m_databases, *m_appPools, m_events, m_probes, *m_audit, *m_logs,
                              *m_caches, m_descriptors, folder, m_draining});
    m_management = std::make_unique<ManagementSocket>(*m_methods, m_audit, localPeerPolicy());
    listenForManagement();
    if (m_link) {
        m_orders = std::make_unique<QSocketNotifier>(m_link->descriptor(), QSocketNotifier::Read);
        connect(m_orders.get(), &QSocketNotifier::activated, this, &Core::readOrders);
        awaitAppReports();
    }
    m_configuration->boot(std::move(boot), [this] {
        if (m_link)
            m_link->ready();
        m_events.add(logs::EventSeverity::info, "", "serving");
    });
    return {};
}

void Core::listenForManagement()
{
    const std::string path = (m_folders.runtime / "control.sock").string();
    const Result<> listening = m_management->listen(QString::fromStdString(path));
    const std::string trouble = listening ? "" : listening.error().text();
    if (const std::string before = std::exchange(m_managementTrouble, trouble); before != trouble) {
        if (listening)
            m_events.add(logs::EventSeverity::info, "", "listening on " + path);
        else
            m_events.add(logs::EventSeverity::error, "", trouble);
    }
    if (!listening)
        QTimer::singleShot(kManagementRetry, this, &Core::listenForManagement);
}

void Core::watchDescriptors()
{
    std::uint64_t putOff = 0;
    for (const auto &plane : m_planes)
        putOff += plane->counters().acceptsPutOff.value();
    m_descriptors.look(putOff, SteadyClock::now());
}

void Core::readOrders()
{
    while (const auto order = m_link->poll()) {
        if (const auto *drainOrder = std::get_if<handover::Drain>(&*order)) {
            drain(Milliseconds(drainOrder->milliseconds));
        } else if (std::holds_alternative<handover::Reload>(*order)) {
            reload();
        } else if (const auto *report = std::get_if<handover::AppReport>(&*order)) {
            m_apps->take(*report);
        } else if (std::holds_alternative<handover::AppsReported>(*order)) {
            m_apps->allReported();
        } else {
            m_orders->setEnabled(false);
            drain(m_configuration->running().loaded.configuration.service.drainTimeout);
            return;
        }
    }
}

void Core::awaitAppReports()
{
    const SteadyTime deadline = SteadyClock::now() + kAppReports;
    while (!m_apps->isAllReported() && !m_draining && SteadyClock::now() < deadline) {
        if (m_link->wait(std::chrono::ceil<Milliseconds>(deadline - SteadyClock::now())))
            readOrders();
    }
}

void Core::reload()
{
    m_logs->reopen();
    m_configuration->apply({"mainstay", "reload"}, {}, [this](const ApplyOutcome &outcome) {
        m_configuration->report(outcome.problems);
        recordChange(rpc::ApplyConfig::kMethod, {{QLatin1String("reason"), QLatin1String("reload")}}, outcome);
        if (m_link)
            m_link->ready();
    });
}

void Core::recordChange(const rpc::MethodInfo &method, QJsonObject params, const ApplyOutcome &outcome)
{
    AuditEntry entry{.time = WallClock::now(),
                     .uid = localPeerPolicy().serviceUid,
                     .user = "mainstay",
                     .method = std::string(method.name),
                     .params = std::move(params),
                     .outcome = QJsonValue(QJsonObject{
                         {QLatin1String("applied"), outcome.applied},
                         {QLatin1String("revision"), static_cast<qint64>(outcome.revision)},
                     })};
    m_audit->append(entry);
}

void Core::drain(Milliseconds limit)
{
    if (std::exchange(m_draining, true))
        return;
    limit = std::min(limit, Milliseconds(m_configuration->running().loaded.configuration.service.drainTimeout));
    m_events.add(logs::EventSeverity::info, "", "finishing what is under way");
    if (m_link)
        m_link->stopping();
    m_configuration->stop();
    m_apps->stop();
    m_sockets->forget();
    auto waiting = std::make_shared<std::size_t>(m_planes.size());
    // Some of the time is kept for cutting off what does not end.
    const Milliseconds patience = limit - std::min(limit / 4, Milliseconds(500));
    for (const auto &plane : m_planes) {
        plane->drain(patience, [waiting] {
            if (--*waiting == 0)
                QCoreApplication::quit();
        });
    }
}

void Core::takeReport(const http::ProbeReport &report)
{
    if (m_apps->takeProbe(report))
        return;
    m_probes.record(report);
    if (!report.verdict)
        return;
    const shared_state::ServerCell &server = *report.server;
    report.server->health.store(report.verdict->health, std::memory_order_relaxed);
    const bool isDown = report.verdict->health == balance::Health::down;
    m_events.add(isDown ? logs::EventSeverity::warning : logs::EventSeverity::info,
                 "backend." + server.backend + ".server." + server.id,
                 std::string(text(report.verdict->health)) + ": " + report.verdict->reason);
}

} // namespace mainstay::control
