// SPDX-License-Identifier: GPL-3.0-or-later
// The apps as the core sees them: decided on by apps/, run by the guard, spoken to by the workers.
#pragma once

#include "apps/supervisor.h"
#include "control/app_pools.h"
#include "control/cell_registry.h"
#include "handover/guard_link.h"
#include "http/health_probes.h"
#include "logs/event_log.h"
#include "rpc/app_methods.h"
#include "snapshot/backend.h"

#include <QObject>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mainstay::control {

// Control thread.
class AppService : public QObject, private apps::Launcher {
    Q_OBJECT

public:
    // What a process of an instance and all below it use. For any thread to fill in.
    struct Use {
        double cpuSeconds = 0;
        std::uint64_t memoryBytes = 0;
        std::uint32_t processes = 0;
        std::int64_t program = 0; // the process that the attendant started
    };
    using Uses = std::map<std::uint32_t, Use>; // by the attendant's process

    // What statements of the database of this name have to wait for; empty for nothing.
    using DatabaseWaitsFor = std::function<std::string(const std::string &database)>;

    // How long an instance may take to say whether it reaches its database.
    static constexpr Milliseconds kDatabasePatience{8000};

    // `link` is null where no guard runs the core: then no app can be started. All outlive this.
    AppService(handover::GuardLink *link, CellRegistry &cells, logs::EventLog &events,
               DatabaseWaitsFor databaseWaitsFor, apps::Surroundings surroundings);
    ~AppService() override;

    void take(const handover::AppReport &report) { m_supervisor.take(report); }
    void allReported();
    [[nodiscard]] bool isAllReported() const noexcept { return m_allReported; }
    // The configuration that is served from now on.
    void adopt(std::shared_ptr<const config::Configuration> configuration);
    void stop() { m_supervisor.stop(); }

    // For workers: each app as a backend, with those of its instances that are not ending for servers.
    using Backends = std::vector<std::shared_ptr<const snapshot::Backend>>;
    [[nodiscard]] const Backends &makeBackends(const config::Configuration &configuration);
    // What that gave last, which is what is served.
    [[nodiscard]] const Backends &backends() const noexcept { return m_backends; }
    // Whether the cell of this name, a backend's or a server's, is still one of ours.
    [[nodiscard]] bool keeps(const std::string &backend) const;
    [[nodiscard]] bool keeps(const CellRegistry::ServerKey &server) const;
    // False when the probe was of no app.
    bool takeProbe(const http::ProbeReport &report);
    // A line of the app's that did not come from its output, for the app's log. False where the backend is no app.
    bool writeLog(const std::string &backend, const std::string &server, const std::string &line);

    Result<> restart(const std::string &app) { return m_supervisor.replace(app); }
    [[nodiscard]] std::vector<rpc::AppStatus> statuses(const Uses &uses) const;
    // The instances that use a database and are ready.
    [[nodiscard]] std::vector<PoolUser> poolUsers() const;
    // The attendants that run, for usesOf().
    [[nodiscard]] std::vector<std::uint32_t> attendants() const;
    // Any thread.
    [[nodiscard]] static Uses usesOf(const std::vector<std::uint32_t> &attendants);

    // The name of an app's backend and cells, which no backend of the configuration can have.
    [[nodiscard]] static std::string backendName(const std::string &app) { return "app:" + app; }

Q_SIGNALS:
    void instancesChanged();

private:
    Result<> start(const apps::InstanceIdentity &instance, const apps::Launch &launch) override;
    void stop(const apps::InstanceIdentity &instance) override;
    void remember(const apps::InstanceIdentity &instance) override;
    void rememberOutdated(const apps::InstanceIdentity &instance) override;
    void askDatabase(const apps::InstanceIdentity &instance, std::function<void(std::string why)> done);
    [[nodiscard]] std::shared_ptr<shared_state::ServerCell> cellOf(const apps::InstanceIdentity &instance) const;

    handover::GuardLink *m_link;
    CellRegistry &m_cells;
    logs::EventLog &m_events;
    apps::Supervisor m_supervisor;
    Backends m_backends;
    bool m_allReported = false;
};

} // namespace mainstay::control
