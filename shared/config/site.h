// SPDX-License-Identifier: GPL-3.0-or-later
// A web site, known by its hosts, and where its paths lead: [site.NAME] and [[site.NAME.route]].
#pragma once

#include "config/certificate.h"
#include "config/listener.h"
#include "config/log.h"
#include "config/protection.h"
#include "config/route.h"
#include "config/setting.h"
#include "config/values.h"

#include <array>
#include <string>
#include <vector>

namespace mainstay::config {

enum class ClientCertificate : std::uint8_t { required, optional };

constexpr auto enumerators(ClientCertificate)
{
    return std::array{
        Enumerator{ClientCertificate::required, "required", MS_NOOP("Config", "Required")},
        Enumerator{ClientCertificate::optional, "optional", MS_NOOP("Config", "Optional")},
    };
}

// Immutable once loaded.
struct SiteConfig : Protection {
    std::vector<HostPattern> hosts;
    std::vector<Reference<ListenerConfig>> listeners;
    Reference<CertificateConfig> certificate;
    FilePath clientAuthorities;
    ClientCertificate clientCertificate = ClientCertificate::required;
    bool accessLog = true;
    std::vector<Reference<LogConfig>> logs;
    bool httpsOnly = false;
    bool requestId = false;
    std::vector<FieldEdit> responseHeaders;
    FilePath errorPages;
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
        v(&SiteConfig::clientAuthorities, "client_authorities",
          {.label = MS_NOOP("Config", "Clients' authorities"),
           .help = MS_NOOP("Config", "PEM file of the authorities that sign clients' certificates; empty asks clients "
                                     "for none.")});
        v(&SiteConfig::clientCertificate, "client_certificate",
          {.label = MS_NOOP("Config", "Client certificate"),
           .help = MS_NOOP("Config", "With `client_authorities`: whether clients that show no certificate are answered "
                                     "with 403.")});
        v(&SiteConfig::accessLog, "access_log",
          {.label = MS_NOOP("Config", "Access log"),
           .help = MS_NOOP("Config", "Whether its requests are written down.")});
        v(&SiteConfig::logs, "logs",
          {.label = MS_NOOP("Config", "Logs"),
           .help = MS_NOOP("Config", "Logs its requests are written to; empty means those of the service.")});
        v(&SiteConfig::httpsOnly, "https_only",
          {.label = MS_NOOP("Config", "HTTPS only"),
           .help = MS_NOOP("Config", "Send clients that come by HTTP to HTTPS, and have browsers remember it for a "
                                     "year (HSTS).")});
        v(&SiteConfig::requestId, "request_id",
          {.label = MS_NOOP("Config", "Request id"),
           .help = MS_NOOP("Config", "Give each request an id: servers and clients see it as X-Request-ID, and it ends "
                                     "the line of the access log. One that a trusted proxy has given is kept.")});
        v(&SiteConfig::responseHeaders, "response_headers",
          {.label = MS_NOOP("Config", "Response headers"),
           .help = MS_NOOP("Config", "Changes to what clients get, before those of the route: \"Name: value\" sets, "
                                     "\"+Name: value\" adds, \"-Name\" removes.")});
        v(&SiteConfig::errorPages, "error_pages",
          {.label = MS_NOOP("Config", "Error pages"),
           .help = MS_NOOP("Config", "Folder with pages for errors the service answers with: 404.html, or 4xx.html and "
                                     "5xx.html for all of a kind, of up to 32 KiB each.")});
        describeProtection<SiteConfig>(v);
        v(&SiteConfig::routes, "route",
          {.label = MS_NOOP("Config", "Routes"),
           .help =
               MS_NOOP("Config", "Where a path leads: to one of `root`, `backend`, `app`, `redirect` and `respond`. "
                                 "An app or a backend that speaks FastCGI takes a `root` besides.")});
    }

    friend bool operator==(const SiteConfig &, const SiteConfig &) = default;
};

} // namespace mainstay::config
