// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/metrics_sampler.h"

#include "control/process_usage.h"
#include "wire/dns_types.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace mainstay::control {

namespace {

using shared_state::PerWorker;
using shared_state::QueryTraffic;
using shared_state::Traffic;

template <class T>
std::uint64_t sum(const PerWorker<T> &workers, Counter T::*counter)
{
    std::uint64_t total = 0;
    for (std::uint32_t worker = 0; worker < workers.size(); ++worker)
        total += (workers[worker].*counter).value();
    return total;
}

std::uint64_t sum(const PerWorker<Counter> &workers)
{
    std::uint64_t total = 0;
    for (std::uint32_t worker = 0; worker < workers.size(); ++worker)
        total += workers[worker].value();
    return total;
}

template <class T>
HistogramSummary latencies(const PerWorker<T> &workers)
{
    HistogramSummary summary;
    for (std::uint32_t worker = 0; worker < workers.size(); ++worker)
        workers[worker].latency.addTo(summary);
    return summary;
}

rpc::Quantiles quantiles(const HistogramSummary &summary)
{
    return {summary.total, summary.quantile(0.5), summary.quantile(0.9), summary.quantile(0.99)};
}

HistogramSummary since(const HistogramSummary &before, const HistogramSummary &now)
{
    HistogramSummary interval;
    for (std::size_t bucket = 0; bucket < now.counts.size(); ++bucket)
        interval.counts[bucket] = now.counts[bucket] - std::min(before.counts[bucket], now.counts[bucket]);
    interval.total = std::accumulate(interval.counts.begin(), interval.counts.end(), std::uint64_t{0});
    return interval;
}

void add(HistogramSummary &sum, const HistogramSummary &part)
{
    for (std::size_t bucket = 0; bucket < part.counts.size(); ++bucket)
        sum.counts[bucket] += part.counts[bucket];
    sum.total += part.total;
}

std::string rcodeName(std::size_t rcode)
{
    struct Named {
        wire::Rcode rcode;
        const char *name;
    };
    static constexpr std::array kNames{
        Named{wire::Rcode::noError, "NOERROR"},        Named{wire::Rcode::formatError, "FORMERR"},
        Named{wire::Rcode::serverFailure, "SERVFAIL"}, Named{wire::Rcode::nameError, "NXDOMAIN"},
        Named{wire::Rcode::notImplemented, "NOTIMP"},  Named{wire::Rcode::refused, "REFUSED"},
        Named{wire::Rcode::nameTooLong, "YXDOMAIN"},   Named{wire::Rcode::badVersion, "BADVERS"},
    };
    for (const Named &named : kNames) {
        if (static_cast<std::size_t>(named.rcode) == rcode)
            return named.name;
    }
    return "RCODE" + std::to_string(rcode);
}

// What both a backend and a server count.
template <class Metrics>
void count(Metrics &metrics, const PerWorker<Traffic> &traffic)
{
    metrics.requests = sum(traffic, &Traffic::requests);
    metrics.errors = sum(traffic, &Traffic::errors);
    metrics.retries = sum(traffic, &Traffic::retries);
    metrics.inFlight = sum(traffic, &Traffic::inFlight);
}

// All queries: those of the zones, and those no zone answered.
void addTo(rpc::DnsMetrics &all, const rpc::DnsMetrics &part)
{
    all.queries += part.queries;
    all.udp += part.udp;
    all.tcp += part.tcp;
    for (const rpc::RcodeCount &added : part.rcodes) {
        const auto known = std::ranges::find(all.rcodes, added.rcode, &rpc::RcodeCount::rcode);
        if (known == all.rcodes.end())
            all.rcodes.push_back(added);
        else
            known->count += added.count;
    }
}

} // namespace

rpc::MetricsSample MetricsSampler::take()
{
    const config::Configuration &configuration = m_reporting.configuration.running().loaded.configuration;
    const SteadyTime now = SteadyClock::now();
    rpc::MetricsSample sample;
    sample.time = WallClock::now();
    if (m_previous)
        sample.interval = std::chrono::duration_cast<Milliseconds>(now - *m_previous);
    m_previous = now;
    sample.process = process();
    HistogramSummary allRequests;
    for (const auto &[name, unused] : configuration.sites)
        sample.sites.push_back(site(name, allRequests));
    sample.http = latency("site", allRequests);
    for (const auto &[name, config] : configuration.backends) {
        std::vector<std::string> servers;
        for (const auto &[id, unused] : config.servers)
            servers.push_back(id);
        sample.backends.push_back(backend(name, servers));
    }
    for (const auto &app : m_reporting.apps.backends()) {
        std::vector<std::string> instances;
        for (const snapshot::Server &server : app->servers)
            instances.push_back(server.id);
        sample.apps.push_back(backend(app->name, instances));
        sample.apps.back().name.erase(0, AppService::backendName("").size());
    }
    sample.caches = m_reporting.caches.metrics();
    HistogramSummary allQueries;
    sample.dns = zone("", allQueries);
    for (const auto &[name, unused] : configuration.zones) {
        sample.zones.push_back(zone(name, allQueries));
        addTo(sample.dns, sample.zones.back());
    }
    sample.dns.latency = latency("zone", allQueries);
    return sample;
}

rpc::ProcessMetrics MetricsSampler::process() const
{
    rpc::ProcessMetrics metrics;
    const ProcessUsage usage = processUsage();
    metrics.cpuSeconds = usage.cpuSeconds;
    metrics.rssBytes = usage.rssBytes;
    for (const auto &[name, unused] : m_reporting.configuration.running().loaded.configuration.listeners) {
        const auto cell = m_reporting.cells.listener(name);
        metrics.openConnections += cell->open.load(std::memory_order_relaxed);
        metrics.accepted += sum(cell->accepted);
        metrics.refused += sum(cell->refused);
        metrics.unannounced += sum(cell->unannounced);
        metrics.floods += sum(cell->floods);
        metrics.unrouted += sum(cell->unrouted);
    }
    for (const auto &plane : m_reporting.planes) {
        const engine::LoopCounters &counters = plane->counters();
        metrics.longestAdoptTurn = std::max(metrics.longestAdoptTurn, counters.longestWatchedTurn.value());
        metrics.costliestAdoptTurn = std::max(metrics.costliestAdoptTurn, counters.costliestWatchedTurn.value());
    }
    metrics.publishes = m_reporting.configuration.publishes();
    return metrics;
}

rpc::SiteMetrics MetricsSampler::site(const std::string &name, HistogramSummary &all)
{
    const auto cell = m_reporting.cells.site(name);
    rpc::SiteMetrics metrics;
    metrics.name = name;
    metrics.requests = sum(cell->traffic, &Traffic::requests);
    metrics.bytesIn = sum(cell->traffic, &Traffic::bytesIn);
    metrics.bytesOut = sum(cell->traffic, &Traffic::bytesOut);
    for (std::uint32_t worker = 0; worker < cell->traffic.size(); ++worker) {
        const auto &statuses = cell->traffic[worker].statuses;
        metrics.status1xx += statuses[1].value();
        metrics.status2xx += statuses[2].value();
        metrics.status3xx += statuses[3].value();
        metrics.status4xx += statuses[4].value();
        metrics.status5xx += statuses[5].value();
    }
    metrics.denied = sum(cell->refusals, &shared_state::Refusals::denied);
    metrics.limited = sum(cell->refusals, &shared_state::Refusals::limited);
    metrics.unauthorized = sum(cell->refusals, &shared_state::Refusals::unauthorized);
    const HistogramSummary summary = latencies(cell->traffic);
    add(all, summary);
    metrics.latency = latency("site." + name, summary);
    return metrics;
}

rpc::BackendMetrics MetricsSampler::backend(const std::string &name, const std::vector<std::string> &servers)
{
    const auto cell = m_reporting.cells.backend(name).cell;
    rpc::BackendMetrics metrics;
    metrics.name = name;
    count(metrics, cell->traffic);
    metrics.mirrorsDropped = sum(cell->mirrorsDropped);
    metrics.latency = latency("backend." + name, latencies(cell->traffic));
    for (const std::string &id : servers)
        metrics.servers.push_back(server(name, id));
    return metrics;
}

rpc::ServerMetrics MetricsSampler::server(const std::string &backend, const std::string &name)
{
    const auto cell = m_reporting.cells.server({backend, name});
    rpc::ServerMetrics metrics;
    metrics.name = name;
    count(metrics, cell->traffic);
    metrics.latency = latency("backend." + backend + ".server." + name, latencies(cell->traffic));
    return metrics;
}

rpc::DnsMetrics MetricsSampler::zone(const std::string &name, HistogramSummary &all)
{
    const auto cell = m_reporting.cells.zone(name);
    rpc::DnsMetrics metrics;
    metrics.name = name;
    metrics.udp = sum(cell->queries, &QueryTraffic::udpQueries);
    metrics.tcp = sum(cell->queries, &QueryTraffic::tcpQueries);
    metrics.queries = metrics.udp + metrics.tcp;
    for (std::size_t rcode = 0; rcode < QueryTraffic::kRcodes; ++rcode) {
        std::uint64_t answers = 0;
        for (std::uint32_t worker = 0; worker < cell->queries.size(); ++worker)
            answers += cell->queries[worker].rcodes[rcode].value();
        if (answers > 0)
            metrics.rcodes.push_back({rcodeName(rcode), answers});
    }
    const HistogramSummary summary = latencies(cell->queries);
    add(all, summary);
    metrics.latency = latency("zone." + name, summary);
    return metrics;
}

rpc::Latency MetricsSampler::latency(const std::string &path, const HistogramSummary &now)
{
    if (now.total == 0)
        return {};
    const auto [before, isFirst] = m_before.try_emplace(path);
    // An object that went and came back counts from zero again.
    if (before->second.total > now.total)
        before->second = {};
    rpc::Latency latency{quantiles(since(before->second, now)), quantiles(now)};
    before->second = now;
    return latency;
}

} // namespace mainstay::control
