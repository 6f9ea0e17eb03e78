// SPDX-License-Identifier: GPL-3.0-or-later
// The whole configuration. Its description is the list of all kinds of objects.
#pragma once

#include "config/app.h"
#include "config/backend.h"
#include "config/certificate.h"
#include "config/database.h"
#include "config/listener.h"
#include "config/service.h"
#include "config/setting.h"
#include "config/site.h"
#include "config/zone.h"

#include <map>
#include <string>

namespace mainstay::config {

// Objects of one kind, by name.
template <class Object>
using Named = std::map<std::string, Object>;

// Immutable once loaded. A new kind of object is a header, a member and a line here.
struct Configuration {
    ServiceConfig service;
    Named<ListenerConfig> listeners;
    Named<CertificateConfig> certificates;
    Named<SiteConfig> sites;
    Named<BackendConfig> backends;
    Named<AppConfig> apps;
    Named<DatabaseConfig> databases;
    Named<ZoneConfig> zones;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&Configuration::service, "service", {.label = MS_NOOP("Config", "Service")});
        v(&Configuration::listeners, "listener", {.label = MS_NOOP("Config", "Listeners")});
        v(&Configuration::certificates, "certificate", {.label = MS_NOOP("Config", "Certificates")});
        v(&Configuration::sites, "site", {.label = MS_NOOP("Config", "Sites")});
        v(&Configuration::backends, "backend", {.label = MS_NOOP("Config", "Backends")});
        v(&Configuration::apps, "app", {.label = MS_NOOP("Config", "Apps")});
        v(&Configuration::databases, "database", {.label = MS_NOOP("Config", "Databases")});
        v(&Configuration::zones, "zone", {.label = MS_NOOP("Config", "Zones")});
    }

    friend bool operator==(const Configuration &, const Configuration &) = default;
};

} // namespace mainstay::config
