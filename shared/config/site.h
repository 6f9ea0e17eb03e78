// SPDX-License-Identifier: GPL-3.0-or-later
// A web site, known by its hosts, and where its paths lead: [site.NAME] and [[site.NAME.route]].
#pragma once

#include "config/app.h"
#include "config/backend.h"
#include "config/certificate.h"
#include "config/listener.h"
#include "config/setting.h"
#include "config/values.h"

#include <string>
#include <vector>

namespace mainstay::config {

// Immutable once loaded. Leads to exactly one of a folder, a backend and an app; only one
// that speaks FastCGI has a folder besides, that of its scripts. The longest matching path wins.
struct RouteConfig {
    UrlPath path{"/"};
    FilePath root;
    std::string index = "index.html";
    Reference<BackendConfig> backend;
    Reference<AppConfig> app;
    bool stripPrefix = false;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&RouteConfig::path, "path",
          {.label = MS_NOOP("Config", "Path"),
           .help = MS_NOOP("Config",
                           "Path the route is for, with those below it; of several that match, the longest wins."),
           .required = true});
        v(&RouteConfig::root, "root",
          {.label = MS_NOOP("Config", "Folder"),
           .help =
               MS_NOOP("Config",
                       "Folder whose files are served; with an app that speaks FastCGI, the folder of its scripts.")});
        v(&RouteConfig::index, "index",
          {.label = MS_NOOP("Config", "Index file"),
           .help = MS_NOOP("Config", "File that is served when a folder is asked for; empty means none.")});
        v(&RouteConfig::backend, "backend",
          {.label = MS_NOOP("Config", "Backend"), .help = MS_NOOP("Config", "Backend that answers.")});
        v(&RouteConfig::app, "app",
          {.label = MS_NOOP("Config", "App"), .help = MS_NOOP("Config", "App whose instances answer.")});
        v(&RouteConfig::stripPrefix, "strip_prefix",
          {.label = MS_NOOP("Config", "Strip prefix"),
           .help = MS_NOOP("Config", "Take the path off before the request is passed on or the file looked up.")});
    }

    friend bool operator==(const RouteConfig &, const RouteConfig &) = default;
};

// Immutable once loaded.
struct SiteConfig {
    std::vector<HostPattern> hosts;
    std::vector<Reference<ListenerConfig>> listeners;
    Reference<CertificateConfig> certificate;
    bool accessLog = true;
    std::vector<RouteConfig> routes;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&SiteConfig::hosts, "hosts",
          {.label = MS_NOOP("Config", "Hosts"),
           .help = MS_NOOP("Config", "Host names: \"www.example.org\", \"*.example.org\", or \"*\" for all others."),
           .required = true});
        v(&SiteConfig::listeners, "listeners",
          {.label = MS_NOOP("Config", "Listeners"),
           .help = MS_NOOP("Config", "Listeners the site is reached on; empty means every HTTP and HTTPS listener.")});
        v(&SiteConfig::certificate, "certificate",
          {.label = MS_NOOP("Config", "Certificate"),
           .help = MS_NOOP("Config", "Shown on HTTPS listeners; empty means the listener's default.")});
        v(&SiteConfig::accessLog, "access_log",
          {.label = MS_NOOP("Config", "Access log"),
           .help = MS_NOOP("Config", "Whether its requests are written to the access log.")});
        v(&SiteConfig::routes, "route",
          {.label = MS_NOOP("Config", "Routes"),
           .help = MS_NOOP("Config", "Where a path leads: to one of `root`, `backend` and `app`. An app that speaks "
                                     "FastCGI takes a `root` besides.")});
    }

    friend bool operator==(const SiteConfig &, const SiteConfig &) = default;
};

} // namespace mainstay::config
