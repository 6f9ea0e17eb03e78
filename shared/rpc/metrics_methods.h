// SPDX-License-Identifier: GPL-3.0-or-later
// metrics.get and metrics.subscribe: what has been counted. Counters count from the start of the core.
#pragma once

#include "base/clock.h"
#include "rpc/cache_methods.h"
#include "rpc/method.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mainstay::rpc {

struct Quantiles {
    std::uint64_t count = 0;
    std::uint64_t p50 = 0;
    std::uint64_t p90 = 0;
    std::uint64_t p99 = 0;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&Quantiles::count, "count", {.help = "Values measured"});
        v(&Quantiles::p50, "p50_us", {.help = "Half took no longer, microseconds"});
        v(&Quantiles::p90, "p90_us", {.help = "Nine in ten took no longer, microseconds"});
        v(&Quantiles::p99, "p99_us", {.help = "Ninety-nine in a hundred took no longer, microseconds"});
    }
};

// Since the sample before on the same stream, and since the start. The first sample has no one before it: both are
// the same there.
struct Latency {
    Quantiles interval;
    Quantiles total;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&Latency::interval, "interval", {.help = "Since the sample before"});
        v(&Latency::total, "total", {.help = "Since the start"});
    }
};

struct ProcessMetrics {
    double cpuSeconds = 0;
    std::uint64_t rssBytes = 0;
    std::uint64_t openConnections = 0;
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;
    std::uint64_t unannounced = 0;
    std::uint64_t floods = 0;
    std::uint64_t unrouted = 0;
    std::uint64_t longestAdoptTurn = 0;
    std::uint64_t costliestAdoptTurn = 0;
    std::uint64_t publishes = 0;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ProcessMetrics::cpuSeconds, "cpu_seconds", {.help = "Processor time used"});
        v(&ProcessMetrics::rssBytes, "rss_bytes", {.help = "Memory in use"});
        v(&ProcessMetrics::openConnections, "open_connections", {.help = "Client connections open now"});
        v(&ProcessMetrics::accepted, "accepted", {.help = "Client connections accepted"});
        v(&ProcessMetrics::refused, "refused",
          {.help = "Client connections closed at once, beyond max_connections or client_connections"});
        v(&ProcessMetrics::unannounced, "unannounced",
          {.help = "Client connections closed for want of a header of the PROXY protocol, or of a right one in time"});
        v(&ProcessMetrics::floods, "floods",
          {.help =
               "Client connections of HTTP/2 ended for a flood: resets, pings, settings, continuations and others"});
        v(&ProcessMetrics::unrouted, "unrouted",
          {.help = "Requests that no site was asked: malformed, too slow, too large or for no host of ours"});
        v(&ProcessMetrics::longestAdoptTurn, "longest_adopt_turn_us",
          {.help = "Longest turn of a worker's loop in which it took over a new snapshot, microseconds"});
        v(&ProcessMetrics::costliestAdoptTurn, "costliest_adopt_turn_us",
          {.help = "Most processor time such a turn took, microseconds"});
        v(&ProcessMetrics::publishes, "publishes", {.help = "Snapshots published"});
    }
};

struct SiteMetrics {
    std::string name;
    std::uint64_t requests = 0;
    std::uint64_t status1xx = 0;
    std::uint64_t status2xx = 0;
    std::uint64_t status3xx = 0;
    std::uint64_t status4xx = 0;
    std::uint64_t status5xx = 0;
    std::uint64_t denied = 0;
    std::uint64_t limited = 0;
    std::uint64_t unauthorized = 0;
    std::uint64_t bytesIn = 0;
    std::uint64_t bytesOut = 0;
    Latency latency;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&SiteMetrics::name, "name", {.help = "Name in the configuration"});
        v(&SiteMetrics::requests, "requests", {.help = "Requests answered"});
        v(&SiteMetrics::status1xx, "status_1xx", {.help = "Answers of this class"});
        v(&SiteMetrics::status2xx, "status_2xx", {.help = "Answers of this class"});
        v(&SiteMetrics::status3xx, "status_3xx", {.help = "Answers of this class"});
        v(&SiteMetrics::status4xx, "status_4xx", {.help = "Answers of this class"});
        v(&SiteMetrics::status5xx, "status_5xx", {.help = "Answers of this class"});
        v(&SiteMetrics::denied, "denied", {.help = "Requests refused by network"});
        v(&SiteMetrics::limited, "limited",
          {.help = "Requests refused for their rate, or for what their client had under way"});
        v(&SiteMetrics::unauthorized, "unauthorized",
          {.help = "Requests refused for want of a password, or by the authority that was asked"});
        v(&SiteMetrics::bytesIn, "bytes_in", {.help = "Bytes of requests received"});
        v(&SiteMetrics::bytesOut, "bytes_out", {.help = "Bytes of answers sent"});
        v(&SiteMetrics::latency, "latency", {.help = "From the request's first byte to the answer's last"});
    }
};

struct ServerMetrics {
    std::string name;
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;
    std::uint64_t retries = 0;
    std::uint64_t inFlight = 0;
    Latency latency;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ServerMetrics::name, "name", {.help = "Name within its backend"});
        v(&ServerMetrics::requests, "requests", {.help = "Requests sent to it"});
        v(&ServerMetrics::errors, "errors", {.help = "Requests it failed to answer"});
        v(&ServerMetrics::retries, "retries", {.help = "Requests taken from it and given to another server"});
        v(&ServerMetrics::inFlight, "in_flight", {.help = "Requests it is working on"});
        v(&ServerMetrics::latency, "latency", {.help = "From choosing the server to the end of its answer"});
    }
};

struct BackendMetrics {
    std::string name;
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;
    std::uint64_t retries = 0;
    std::uint64_t inFlight = 0;
    std::uint64_t mirrorsDropped = 0;
    Latency latency;
    std::vector<ServerMetrics> servers;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&BackendMetrics::name, "name", {.help = "Name in the configuration"});
        v(&BackendMetrics::requests, "requests", {.help = "Requests sent to its servers"});
        v(&BackendMetrics::errors, "errors", {.help = "Requests no server answered"});
        v(&BackendMetrics::retries, "retries", {.help = "Requests that were given to another server"});
        v(&BackendMetrics::inFlight, "in_flight", {.help = "Requests its servers are working on"});
        v(&BackendMetrics::mirrorsDropped, "mirrors_dropped",
          {.help = "Copies of requests for it that were not sent: too large, or too many at a time"});
        v(&BackendMetrics::latency, "latency", {.help = "From the first choice of a server to the end of the answer"});
        v(&BackendMetrics::servers, "servers", {.help = "The same for each server"});
    }
};

struct RcodeCount {
    std::string rcode;
    std::uint64_t count = 0;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&RcodeCount::rcode, "rcode", {.help = "NOERROR, NXDOMAIN, REFUSED, ..."});
        v(&RcodeCount::count, "count", {.help = "Answers with it"});
    }
};

struct DnsMetrics {
    std::string name;
    std::uint64_t queries = 0;
    std::uint64_t udp = 0;
    std::uint64_t tcp = 0;
    std::vector<RcodeCount> rcodes;
    Latency latency;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&DnsMetrics::name, "name", {.help = "Apex of the zone; empty for the sum"});
        v(&DnsMetrics::queries, "queries", {.help = "Queries answered"});
        v(&DnsMetrics::udp, "udp", {.help = "Queries over UDP"});
        v(&DnsMetrics::tcp, "tcp", {.help = "Queries over TCP"});
        v(&DnsMetrics::rcodes, "rcodes", {.help = "Answers by response code"});
        v(&DnsMetrics::latency, "latency", {.help = "From receiving a query to sending its answer"});
    }
};

struct MetricsSample {
    WallTime time;
    Milliseconds interval{0};
    ProcessMetrics process;
    std::vector<SiteMetrics> sites;
    Latency http;
    std::vector<BackendMetrics> backends;
    std::vector<BackendMetrics> apps;
    std::vector<CacheMetrics> caches;
    DnsMetrics dns;
    std::vector<DnsMetrics> zones;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&MetricsSample::time, "time", {.help = "When it was taken"});
        v(&MetricsSample::interval, "interval_ms", {.help = "Since the sample before; 0 for a first one"});
        v(&MetricsSample::process, "process", {.help = "The core as a process"});
        v(&MetricsSample::sites, "sites", {.help = "For each site"});
        v(&MetricsSample::http, "http_latency", {.help = "Of the requests of all sites together"});
        v(&MetricsSample::backends, "backends", {.help = "For each backend"});
        v(&MetricsSample::apps, "apps", {.help = "For each app, its instances for servers"});
        v(&MetricsSample::caches, "caches", {.help = "For each cache"});
        v(&MetricsSample::dns, "dns", {.help = "All queries, those outside our zones included"});
        v(&MetricsSample::zones, "zones", {.help = "For each zone"});
    }
};

struct GetMetrics {
    static constexpr MethodInfo kMethod{"metrics.get", Access::look, "One sample of what has been counted"};
    using Result = MetricsSample;

    template <class Visitor>
    static void describe(Visitor &&)
    {}
};

struct SubscribeMetrics {
    static constexpr MethodInfo kMethod{"metrics.subscribe", Access::look, "A sample now and at each interval"};
    using Event = MetricsSample;

    Milliseconds interval{1000};

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&SubscribeMetrics::interval, "interval_ms",
          {.help = "Milliseconds from one sample to the next", .min = 100, .max = 3'600'000});
    }
};

} // namespace mainstay::rpc
