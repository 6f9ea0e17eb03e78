// SPDX-License-Identifier: GPL-3.0-or-later
// The whole configuration. Its description is the list of all kinds of objects.
#pragma once

#include "config/app.h"
#include "config/backend.h"
#include "config/cache.h"
#include "config/certificate.h"
#include "config/database.h"
#include "config/listener.h"
#include "config/log.h"
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
    Named<LogConfig> logs;
    Named<CacheConfig> caches;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&Configuration::service, "service",
          {.label = MS_NOOP("Config", "Service"),
           .help = MS_NOOP("Config", "The service as a whole. There is one, without a name.")});
        v(&Configuration::listeners, "listener",
          {.label = MS_NOOP("Config", "Listeners"),
           .help = MS_NOOP("Config", "Addresses the service listens on, and what is spoken there.")});
        v(&Configuration::certificates, "certificate",
          {.label = MS_NOOP("Config", "Certificates"),
           .help = MS_NOOP("Config", "Certificates with their keys, for HTTPS.")});
        v(&Configuration::sites, "site",
          {.label = MS_NOOP("Config", "Sites"),
           .help = MS_NOOP("Config", "Web sites: the hosts they are known by, and where their paths lead.")});
        v(&Configuration::backends, "backend",
          {.label = MS_NOOP("Config", "Backends"),
           .help = MS_NOOP("Config", "Sets of equal servers that requests are spread over.")});
        v(&Configuration::apps, "app",
          {.label = MS_NOOP("Config", "Apps"),
           .help = MS_NOOP("Config", "Programs that are started, watched and replaced, and that routes lead to.")});
        v(&Configuration::databases, "database",
          {.label = MS_NOOP("Config", "Databases"), .help = MS_NOOP("Config", "Databases, and how each is reached.")});
        v(&Configuration::zones, "zone",
          {.label = MS_NOOP("Config", "Zones"),
           .help = MS_NOOP("Config", "DNS zones that are answered with authority. The name is the zone's own, in lower "
                                     "case and without the final dot.")});
        v(&Configuration::logs, "log",
          {.label = MS_NOOP("Config", "Logs"),
           .help = MS_NOOP("Config", "Where requests are written down, which of them and how.")});
        v(&Configuration::caches, "cache",
          {.label = MS_NOOP("Config", "Caches"),
           .help = MS_NOOP("Config", "Answers of servers that are kept, for the routes that name the cache.")});
    }

    friend bool operator==(const Configuration &, const Configuration &) = default;
};

} // namespace mainstay::config
