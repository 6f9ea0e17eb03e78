// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/rates.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace mainstay::models {
namespace {

template <class T>
const T &named(const std::vector<T> &list, const std::string &name)
{
    static const T kNone{};
    const auto found = std::find_if(list.begin(), list.end(), [&](const T &each) { return each.name == name; });
    return found == list.end() ? kNone : *found;
}

// The samples' own clock may be set meanwhile; a stream tells the interval.
double secondsBetween(const rpc::MetricsSample &before, const rpc::MetricsSample &now)
{
    if (now.interval.count() > 0)
        return static_cast<double>(now.interval.count()) / 1000;
    return std::chrono::duration<double>(now.time - before.time).count();
}

double perSecond(std::uint64_t before, std::uint64_t now, double seconds)
{
    return static_cast<double>(now >= before ? now - before : now) / seconds;
}

// A first sample measures latencies since the start, which is another time than ours.
Rate latencyOf(const rpc::Latency &now, bool isFirst)
{
    Rate rate;
    if (const rpc::Quantiles &latency = now.interval; latency.count > 0 && !isFirst) {
        rate.p50 = static_cast<double>(latency.p50);
        rate.p99 = static_cast<double>(latency.p99);
    }
    return rate;
}

void addUp(Rates &rates)
{
    for (const auto &[name, site] : rates.sites) {
        rates.http.requests += site.requests;
        rates.http.errors += site.errors;
    }
}

} // namespace

Rates ratesBetween(const rpc::MetricsSample &before, const rpc::MetricsSample &now)
{
    const double seconds = std::max(secondsBetween(before, now), 0.001);
    const bool isFirst = now.interval.count() == 0;
    Rates rates;
    rates.time = now.time;
    rates.http = latencyOf(now.http, isFirst);
    for (const rpc::SiteMetrics &site : now.sites) {
        const rpc::SiteMetrics &was = named(before.sites, site.name);
        Rate rate = latencyOf(site.latency, isFirst);
        rate.requests = perSecond(was.requests, site.requests, seconds);
        rate.errors = perSecond(was.status5xx, site.status5xx, seconds);
        rates.sites.emplace(site.name, rate);
    }
    for (const rpc::BackendMetrics &backend : now.backends) {
        const std::vector<rpc::ServerMetrics> &wereServers = named(before.backends, backend.name).servers;
        for (const rpc::ServerMetrics &server : backend.servers) {
            const rpc::ServerMetrics &was = named(wereServers, server.name);
            Rate rate = latencyOf(server.latency, isFirst);
            rate.requests = perSecond(was.requests, server.requests, seconds);
            rate.errors = perSecond(was.errors, server.errors, seconds);
            rates.servers.emplace(std::pair(backend.name, server.name), rate);
        }
    }
    for (const rpc::DnsMetrics &zone : now.zones)
        rates.zones.emplace(zone.name, perSecond(named(before.zones, zone.name).queries, zone.queries, seconds));
    rates.queries = perSecond(before.dns.queries, now.dns.queries, seconds);
    rates.connections = static_cast<double>(now.process.openConnections);
    rates.memoryBytes = static_cast<double>(now.process.rssBytes);
    rates.cpuPercent = std::max(0.0, now.process.cpuSeconds - before.process.cpuSeconds) / seconds * 100;
    addUp(rates);
    return rates;
}

} // namespace mainstay::models
