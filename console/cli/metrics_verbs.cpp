// SPDX-License-Identifier: GPL-3.0-or-later
// metrics: what has been counted since the start.
#include "cli/arguments.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/service_session.h"
#include "cli/verbs.h"
#include "rpc/metrics_methods.h"

namespace mainstay::cli {
namespace {

QString number(quint64 value)
{
    return QString::number(value);
}

void addLatency(std::vector<Cell> &row, const rpc::Latency &latency)
{
    for (const std::uint64_t quantile : {latency.total.p50, latency.total.p90, latency.total.p99})
        row.emplace_back(latency.total.count == 0 ? QStringLiteral("-") : latencyText(quantile));
}

// A name, numbers, and the latencies' three columns.
Table countersTable(const char *name, std::initializer_list<const char *> counters)
{
    std::vector<Column> columns{{QString::fromUtf8(name)}};
    for (const char *counter : counters)
        columns.push_back({QString::fromUtf8(counter), Align::right});
    for (const char *quantile : {"P50", "P90", "P99"})
        columns.push_back({QString::fromUtf8(quantile), Align::right});
    return Table(std::move(columns));
}

Table siteTable(const std::vector<rpc::SiteMetrics> &sites)
{
    Table table = countersTable("SITE", {"REQUESTS", "1XX", "2XX", "3XX", "4XX", "5XX", "IN", "OUT"});
    for (const rpc::SiteMetrics &site : sites) {
        std::vector<Cell> row{Cell::of(site.name), number(site.requests)};
        for (const std::uint64_t count :
             {site.status1xx, site.status2xx, site.status3xx, site.status4xx, site.status5xx})
            row.emplace_back(number(count));
        row.emplace_back(bytesText(static_cast<double>(site.bytesIn)));
        row.emplace_back(bytesText(static_cast<double>(site.bytesOut)));
        addLatency(row, site.latency);
        table.add(std::move(row));
    }
    return table;
}

template <class Counted>
std::vector<Cell> serverRow(const std::string &name, const Counted &counted, const QString &mirrorsDropped)
{
    std::vector<Cell> row{Cell::of(name),          number(counted.requests), number(counted.errors),
                          number(counted.retries), number(counted.inFlight), mirrorsDropped};
    addLatency(row, counted.latency);
    return row;
}

Table backendTable(const std::vector<rpc::BackendMetrics> &backends)
{
    Table table = countersTable("BACKEND", {"REQUESTS", "ERRORS", "RETRIES", "IN FLIGHT", "MIRRORS DROPPED"});
    for (const rpc::BackendMetrics &backend : backends) {
        table.add(serverRow(backend.name, backend, number(backend.mirrorsDropped)));
        for (const rpc::ServerMetrics &server : backend.servers)
            table.add(serverRow("  " + server.name, server, QStringLiteral("-")));
    }
    return table;
}

Table dnsTable(const rpc::MetricsSample &sample)
{
    Table table = countersTable("DNS", {"QUERIES", "UDP", "TCP"});
    const auto add = [&](const std::string &name, const rpc::DnsMetrics &dns) {
        std::vector<Cell> row{Cell::of(name), number(dns.queries), number(dns.udp), number(dns.tcp)};
        addLatency(row, dns.latency);
        table.add(std::move(row));
    };
    if (sample.dns.queries > 0 || !sample.zones.empty())
        add("all", sample.dns);
    for (const rpc::DnsMetrics &zone : sample.zones)
        add(zone.name, zone);
    return table;
}

Table rcodeTable(const rpc::MetricsSample &sample)
{
    Table table({{QStringLiteral("DNS")}, {QStringLiteral("ANSWER")}, {QStringLiteral("QUERIES"), Align::right}});
    const auto add = [&](const std::string &name, const rpc::DnsMetrics &dns) {
        for (const rpc::RcodeCount &rcode : dns.rcodes)
            table.add({Cell::of(name), Cell::of(rcode.rcode), number(rcode.count)});
    };
    add("all", sample.dns);
    for (const rpc::DnsMetrics &zone : sample.zones)
        add(zone.name, zone);
    return table;
}

void print(Output &output, const rpc::MetricsSample &sample)
{
    const rpc::ProcessMetrics &process = sample.process;
    output.line(
        QStringLiteral("%1: %2 s of processor time, %3 in memory, %4 connections open, %5 accepted, %6 refused, "
                       "%7 not announced, %8 ended for a flood")
            .arg(localTimeText(sample.time), QString::number(process.cpuSeconds, 'f', 1),
                 bytesText(static_cast<double>(process.rssBytes)), number(process.openConnections),
                 number(process.accepted), number(process.refused), number(process.unannounced),
                 number(process.floods)));
    output.line(QStringLiteral("%1 requests that were for no site; %2 snapshots published, longest turn that took one "
                               "over: %3")
                    .arg(number(process.unrouted), number(process.publishes), latencyText(process.longestAdoptTurn)));
    for (const Table &table :
         {siteTable(sample.sites), backendTable(sample.backends), dnsTable(sample), rcodeTable(sample)}) {
        if (table.isEmpty())
            continue;
        output.line();
        output.table(table);
    }
}

Result<ExitCode> follow(Invocation &invocation)
{
    const auto interval = invocation.arguments.duration(QStringLiteral("interval"));
    if (!interval)
        return tl::unexpected<Error>(interval.error());
    rpc::SubscribeMetrics request;
    request.interval = interval->value_or(request.interval);
    Output &output = invocation.output;
    bool first = true;
    const auto begins = ServiceSession::Begins::withAnEvent;
    Result<> ended =
        invocation.service.follow<rpc::SubscribeMetrics>(request, begins, [&](const rpc::MetricsSample &sample) {
            if (output.isJson()) {
                output.jsonLine(rpc::toJson(sample));
                return output.isWhole();
            }
            if (!std::exchange(first, false))
                output.line();
            print(output, sample);
            return output.isWhole();
        });
    if (!ended)
        return forward(std::move(ended));
    return ExitCode::done;
}

Result<ExitCode> metrics(Invocation &invocation)
{
    if (invocation.arguments.has(QStringLiteral("follow")))
        return follow(invocation);
    Result<rpc::MetricsSample> sample = invocation.service.call(rpc::GetMetrics{});
    if (!sample)
        return forward(std::move(sample));
    invocation.output.isJson() ? invocation.output.value(*sample) : print(invocation.output, *sample);
    return ExitCode::done;
}

} // namespace

std::vector<Verb> metricsVerbs()
{
    return {
        {.name = QStringLiteral("metrics"),
         .arguments = {},
         .summary = QStringLiteral("Show what has been counted since the start"),
         .details = QStringLiteral("Requests, bytes, errors, queries, and how long half (P50), nine in ten (P90) and\n"
                                   "99 in 100 (P99) of them took."),
         .options = {{QStringLiteral("follow"), QLatin1Char('f'), {}, QStringLiteral("Go on with new samples")},
                     {QStringLiteral("interval"),
                      {},
                      QStringLiteral("TIME"),
                      QStringLiteral("From one sample to the next, 100ms or more (default: 1s)")}},
         .examples = {{QStringLiteral("metrics"), QStringLiteral("one sample")},
                      {QStringLiteral("metrics --follow --interval 10s --json"),
                       QStringLiteral("a sample every ten seconds, one JSON object a line")}},
         .run = metrics},
    };
}

} // namespace mainstay::cli
