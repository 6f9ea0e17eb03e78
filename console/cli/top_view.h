// SPDX-License-Identifier: GPL-3.0-or-later
// What `top` shows: rates between two samples, beside the state of things.
#pragma once

#include "rpc/metrics_methods.h"
#include "rpc/status_methods.h"

#include <QStringList>

#include <cstdint>
#include <string>
#include <vector>

namespace mainstay::cli {

struct SiteRates {
    std::string name;
    double requests = 0;
    double status2xx = 0;
    double status3xx = 0;
    double status4xx = 0;
    double status5xx = 0;
    double bytesIn = 0;
    double bytesOut = 0;
    rpc::Quantiles latency;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&SiteRates::name, "name", {});
        v(&SiteRates::requests, "requests_per_s", {});
        v(&SiteRates::status2xx, "status_2xx_per_s", {});
        v(&SiteRates::status3xx, "status_3xx_per_s", {});
        v(&SiteRates::status4xx, "status_4xx_per_s", {});
        v(&SiteRates::status5xx, "status_5xx_per_s", {});
        v(&SiteRates::bytesIn, "bytes_in_per_s", {});
        v(&SiteRates::bytesOut, "bytes_out_per_s", {});
        v(&SiteRates::latency, "latency", {});
    }
};

struct ServerRates {
    std::string backend;
    rpc::ServerStatus status;
    double requests = 0;
    double errors = 0;
    double retries = 0;
    rpc::Quantiles latency;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ServerRates::backend, "backend", {});
        v(&ServerRates::status, "server", {});
        v(&ServerRates::requests, "requests_per_s", {});
        v(&ServerRates::errors, "errors_per_s", {});
        v(&ServerRates::retries, "retries_per_s", {});
        v(&ServerRates::latency, "latency", {});
    }
};

struct DnsRates {
    std::string name;
    double queries = 0;
    double udp = 0;
    double tcp = 0;
    rpc::Quantiles latency;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&DnsRates::name, "name", {});
        v(&DnsRates::queries, "queries_per_s", {});
        v(&DnsRates::udp, "udp_per_s", {});
        v(&DnsRates::tcp, "tcp_per_s", {});
        v(&DnsRates::latency, "latency", {});
    }
};

struct TopView {
    WallTime time;
    double seconds = 0; // the rates are over
    std::string version;
    rpc::ServiceState state = rpc::ServiceState::starting;
    std::uint64_t revision = 0;
    Seconds uptime{0};
    std::uint64_t problems = 0;
    double cpuPercent = 0; // of one core
    rpc::ProcessMetrics process;
    double accepted = 0;
    std::vector<SiteRates> sites;
    std::vector<ServerRates> servers;
    DnsRates dns;
    std::vector<DnsRates> zones;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&TopView::time, "time", {});
        v(&TopView::seconds, "seconds", {});
        v(&TopView::version, "version", {});
        v(&TopView::state, "state", {});
        v(&TopView::revision, "revision", {});
        v(&TopView::uptime, "uptime_s", {});
        v(&TopView::problems, "problems", {});
        v(&TopView::cpuPercent, "cpu_percent", {});
        v(&TopView::process, "process", {});
        v(&TopView::accepted, "accepted_per_s", {});
        v(&TopView::sites, "sites", {});
        v(&TopView::servers, "servers", {});
        v(&TopView::dns, "dns", {});
        v(&TopView::zones, "zones", {});
    }
};

// What is new in `now` counts from zero, and so does everything when the core was started anew between the two.
[[nodiscard]] TopView topView(const rpc::Status &status, const rpc::MetricsSample &before,
                              const rpc::MetricsSample &now);

[[nodiscard]] QStringList topLines(const TopView &view, bool colour);

} // namespace mainstay::cli
