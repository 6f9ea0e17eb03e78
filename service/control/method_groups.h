// SPDX-License-Identifier: GPL-3.0-or-later
// The methods of the management protocol, bound to what they report and change.
#pragma once

#include "control/app_pools.h"
#include "control/audit_log.h"
#include "control/cache_service.h"
#include "control/configuration_service.h"
#include "control/database_service.h"
#include "control/descriptor_watch.h"
#include "control/log_service.h"
#include "control/method_registry.h"
#include "control/probe_results.h"

#include <filesystem>
#include <memory>

namespace mainstay::control {

// Control thread. What the methods look at.
struct Reporting {
    Background &background;
    ConfigurationService &configuration;
    ConfigStore &store;
    CellRegistry &cells;
    SnapshotBuilder &builder;
    ListeningSockets &sockets;
    DataPlanes &planes;
    ServerOverrides &overrides;
    AppService &apps;
    DatabaseService &databases;
    const AppPools &appPools;
    logs::EventLog &events;
    ProbeResults &probes;
    const AuditLog &audit;
    LogService &requestLogs;
    const CacheService &caches;
    const DescriptorWatch &descriptors;
    std::filesystem::path logs; // the folder
    const bool &draining;
};

// Control thread. Each binds one group; `reporting` outlives the registry.
void bindStatusMethods(MethodRegistry &methods, const Reporting &reporting);
void bindConfigMethods(MethodRegistry &methods, const Reporting &reporting);
void bindServerMethods(MethodRegistry &methods, const Reporting &reporting);
void bindDatabaseMethods(MethodRegistry &methods, const Reporting &reporting);
void bindMetricsMethods(MethodRegistry &methods, const Reporting &reporting);
void bindAppMethods(MethodRegistry &methods, const Reporting &reporting);
void bindLogMethods(MethodRegistry &methods, const Reporting &reporting);
void bindCacheMethods(MethodRegistry &methods, const Reporting &reporting);

class MethodGroups {
public:
    MethodGroups(MethodRegistry &methods, Reporting reporting) : m_reporting(std::move(reporting))
    {
        bindStatusMethods(methods, m_reporting);
        bindConfigMethods(methods, m_reporting);
        bindServerMethods(methods, m_reporting);
        bindDatabaseMethods(methods, m_reporting);
        bindMetricsMethods(methods, m_reporting);
        bindAppMethods(methods, m_reporting);
        bindLogMethods(methods, m_reporting);
        bindCacheMethods(methods, m_reporting);
    }
    MethodGroups(const MethodGroups &) = delete;
    MethodGroups &operator=(const MethodGroups &) = delete;

private:
    const Reporting m_reporting;
};

} // namespace mainstay::control
