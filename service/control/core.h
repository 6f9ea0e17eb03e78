// SPDX-License-Identifier: GPL-3.0-or-later
// The core of the service: everything built and connected.
#pragma once

#include "control/app_service.h"
#include "control/audit_log.h"
#include "control/configuration_service.h"
#include "control/database_service.h"
#include "control/descriptor_watch.h"
#include "control/log_service.h"
#include "control/management_socket.h"
#include "control/method_groups.h"
#include "control/script_log.h"
#include "control/upstream_failures.h"
#include "handover/guard_link.h"

#include <QObject>
#include <QSocketNotifier>
#include <QTimer>

#include <filesystem>
#include <memory>
#include <optional>

namespace mainstay::control {

// Immutable. Where the core finds and keeps things.
struct CoreFolders {
    std::filesystem::path config;
    std::filesystem::path state;
    std::filesystem::path runtime;
};

// Control thread.
class Core : public QObject {
    Q_OBJECT

public:
    // Without a link the core binds its sockets itself.
    Core(CoreFolders folders, std::optional<handover::GuardLink> link);
    ~Core() override;

    // Fails when there is nothing to stand on, as with a state folder of a later version.
    Result<> start();
    // Takes nothing new, finishes what is under way for at most `limit`, then quits the application.
    void drain(Milliseconds limit);
    // Reads the configuration on disk again.
    void reload();

private:
    // Until it works: without it the service cannot be steered, but it serves.
    void listenForManagement();
    void readOrders();
    void watchDescriptors();
    // What the guard runs already, so that what is published first knows of it.
    void awaitAppReports();
    // A change that nobody asked for over the management socket.
    void recordChange(const rpc::MethodInfo &method, QJsonObject params, const ApplyOutcome &outcome);
    void takeReport(const http::ProbeReport &report);

    // Runs the job on the control thread, unless the core is gone by then. Any thread.
    void post(engine::Job job);

    Background m_background;
    CoreFolders m_folders;
    std::optional<handover::GuardLink> m_link;
    std::unique_ptr<handover::SocketSource> m_ownSockets;
    std::unique_ptr<QSocketNotifier> m_orders;
    logs::EventLog m_events;
    std::optional<ConfigStore> m_store;
    std::unique_ptr<CellRegistry> m_cells;
    std::unique_ptr<SnapshotBuilder> m_builder;
    std::unique_ptr<ServerOverrides> m_overrides;
    std::unique_ptr<LogService> m_logs;
    std::unique_ptr<CacheService> m_caches;
    DescriptorWatch m_descriptors;
    QTimer m_watching;
    ScriptLog m_scriptLog;
    UpstreamFailures m_upstreamFailures;
    std::unique_ptr<http::Spool> m_spool;
    std::unique_ptr<ListeningSockets> m_sockets;
    DataPlanes m_planes;
    ProbeResults m_probes;
    std::unique_ptr<AppService> m_apps;
    std::unique_ptr<Publisher> m_publisher;
    std::unique_ptr<ConfigurationService> m_configuration;
    std::unique_ptr<DatabaseService> m_databases;
    std::unique_ptr<AppPools> m_appPools;
    std::shared_ptr<AuditLog> m_audit;
    std::unique_ptr<MethodRegistry> m_methods;
    std::unique_ptr<MethodGroups> m_groups;
    std::unique_ptr<ManagementSocket> m_management;
    std::string m_managementTrouble; // why it does not listen
    bool m_draining = false;
    const std::shared_ptr<bool> m_alive = std::make_shared<bool>(true); // looked at on the control thread
};

} // namespace mainstay::control
