// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/top_view.h"

#include "cli/format.h"
#include "cli/status_tables.h"
#include "cli/table.h"

#include <algorithm>

namespace mainstay::cli {
namespace {

template <class T>
const T &named(const std::vector<T> &list, const std::string &name)
{
    static const T kNone{};
    const auto found = std::find_if(list.begin(), list.end(), [&](const T &each) { return each.name == name; });
    return found == list.end() ? kNone : *found;
}

// What a counter grew by, each second.
class Rate {
public:
    explicit Rate(double seconds) : m_seconds(seconds) {}
    double operator()(std::uint64_t before, std::uint64_t now) const
    {
        const std::uint64_t grown = now >= before ? now - before : now;
        return m_seconds > 0 ? static_cast<double>(grown) / m_seconds : 0;
    }

private:
    double m_seconds;
};

SiteRates siteRates(const rpc::SiteMetrics &before, const rpc::SiteMetrics &now, const Rate &rate)
{
    return {now.name,
            rate(before.requests, now.requests),
            rate(before.status2xx, now.status2xx),
            rate(before.status3xx, now.status3xx),
            rate(before.status4xx, now.status4xx),
            rate(before.status5xx, now.status5xx),
            rate(before.bytesIn, now.bytesIn),
            rate(before.bytesOut, now.bytesOut),
            now.latency.interval};
}

ServerRates serverRates(const std::string &backend, const rpc::ServerStatus &status, const rpc::ServerMetrics &before,
                        const rpc::ServerMetrics &now, const Rate &rate)
{
    return {backend,
            status,
            rate(before.requests, now.requests),
            rate(before.errors, now.errors),
            rate(before.retries, now.retries),
            now.latency.interval};
}

DnsRates dnsRates(const rpc::DnsMetrics &before, const rpc::DnsMetrics &now, const Rate &rate)
{
    return {now.name, rate(before.queries, now.queries), rate(before.udp, now.udp), rate(before.tcp, now.tcp),
            now.latency.interval};
}

Cell latencyCell(const rpc::Quantiles &latency, std::uint64_t value)
{
    return latency.count == 0 ? Cell(QStringLiteral("-"), Style::faint) : Cell(latencyText(value));
}

Cell troubleCell(double rate)
{
    return {countText(rate), rate > 0 ? Style::bad : Style::plain};
}

std::vector<Column> columns(const char *name, std::initializer_list<const char *> numbers)
{
    std::vector<Column> columns{{QString::fromUtf8(name)}};
    for (const char *number : numbers)
        columns.push_back({QString::fromUtf8(number), Align::right});
    return columns;
}

Table siteTable(const std::vector<SiteRates> &sites)
{
    Table table(columns("SITE", {"REQ/S", "2XX/S", "3XX/S", "4XX/S", "5XX/S", "IN/S", "OUT/S", "P50", "P90", "P99"}));
    for (const SiteRates &site : sites)
        table.add({Cell::of(site.name),
                   {countText(site.requests), Style::strong},
                   countText(site.status2xx),
                   countText(site.status3xx),
                   countText(site.status4xx),
                   troubleCell(site.status5xx),
                   bytesText(site.bytesIn),
                   bytesText(site.bytesOut),
                   latencyCell(site.latency, site.latency.p50),
                   latencyCell(site.latency, site.latency.p90),
                   latencyCell(site.latency, site.latency.p99)});
    return table;
}

Table serverTable(const std::vector<ServerRates> &servers)
{
    std::vector<Column> head{{QStringLiteral("BACKEND/SERVER")}, {QStringLiteral("STATE")}, {QStringLiteral("HEALTH")}};
    for (const char *number : {"REQ/S", "ERR/S", "RETRY/S", "IN FLIGHT", "P50", "P90", "P99"})
        head.push_back({QString::fromUtf8(number), Align::right});
    Table table(std::move(head));
    for (const ServerRates &server : servers)
        table.add({Cell::of(server.backend + "/" + server.status.name),
                   stateCell(server.status),
                   healthCell(server.status.health),
                   {countText(server.requests), Style::strong},
                   troubleCell(server.errors),
                   troubleCell(server.retries),
                   QString::number(server.status.inFlight),
                   latencyCell(server.latency, server.latency.p50),
                   latencyCell(server.latency, server.latency.p90),
                   latencyCell(server.latency, server.latency.p99)});
    return table;
}

Table dnsTable(const TopView &view)
{
    Table table(columns("DNS", {"Q/S", "UDP/S", "TCP/S", "P50", "P90", "P99"}));
    const auto add = [&](const std::string &name, const DnsRates &dns) {
        table.add({Cell::of(name),
                   {countText(dns.queries), Style::strong},
                   countText(dns.udp),
                   countText(dns.tcp),
                   latencyCell(dns.latency, dns.latency.p50),
                   latencyCell(dns.latency, dns.latency.p90),
                   latencyCell(dns.latency, dns.latency.p99)});
    };
    if (!view.zones.empty() || view.dns.queries > 0)
        add("all", view.dns);
    for (const DnsRates &zone : view.zones)
        add(zone.name, zone);
    return table;
}

} // namespace

TopView topView(const rpc::Status &status, const rpc::MetricsSample &before, const rpc::MetricsSample &now)
{
    TopView view;
    view.time = now.time;
    view.seconds = static_cast<double>(now.interval.count()) / 1000;
    view.version = status.version;
    view.state = status.state;
    view.revision = status.revision;
    view.uptime = status.uptime;
    view.problems = status.problems.size();
    view.process = now.process;
    const Rate rate(view.seconds);
    if (view.seconds > 0)
        view.cpuPercent = std::max(0.0, now.process.cpuSeconds - before.process.cpuSeconds) / view.seconds * 100;
    view.accepted = rate(before.process.accepted, now.process.accepted);
    for (const rpc::SiteMetrics &site : now.sites)
        view.sites.push_back(siteRates(named(before.sites, site.name), site, rate));
    for (const rpc::BackendStatus &backend : status.backends) {
        const auto &serversBefore = named(before.backends, backend.name).servers;
        const auto &serversNow = named(now.backends, backend.name).servers;
        for (const rpc::ServerStatus &server : backend.servers)
            view.servers.push_back(serverRates(backend.name, server, named(serversBefore, server.name),
                                               named(serversNow, server.name), rate));
    }
    view.dns = dnsRates(before.dns, now.dns, rate);
    for (const rpc::DnsMetrics &zone : now.zones)
        view.zones.push_back(dnsRates(named(before.zones, zone.name), zone, rate));
    return view;
}

QStringList topLines(const TopView &view, bool colour)
{
    const std::string_view state = rpc::nameOf(view.state);
    QString head = QStringLiteral("Mainstay %1  %2  revision %3  up %4")
                       .arg(styled(QString::fromStdString(view.version), Style::strong, colour),
                            styled(QString::fromUtf8(state.data(), static_cast<qsizetype>(state.size())),
                                   view.state == rpc::ServiceState::serving ? Style::good : Style::warning, colour),
                            QString::number(view.revision), spanText(view.uptime));
    if (view.problems > 0)
        head += styled(QStringLiteral("  %1 %2: mainstayctl status")
                           .arg(QString::number(view.problems),
                                view.problems == 1 ? QStringLiteral("problem") : QStringLiteral("problems")),
                       Style::bad, colour);
    QStringList lines{head + QStringLiteral("  ") + styled(localTimeText(view.time), Style::faint, colour)};
    lines << QStringLiteral("cpu %1 %  memory %2  connections %3  accepted %4/s")
                 .arg(QString::number(view.cpuPercent, 'f', 1), bytesText(static_cast<double>(view.process.rssBytes)),
                      QString::number(view.process.openConnections), countText(view.accepted))
          << QStringLiteral("published %1  longest turn that took one over %2")
                 .arg(QString::number(view.process.publishes), latencyText(view.process.longestAdoptTurn));
    for (const Table &table : {siteTable(view.sites), serverTable(view.servers), dnsTable(view)}) {
        if (!table.isEmpty())
            lines << QString() << table.lines(colour);
    }
    return lines;
}

} // namespace mainstay::cli
