// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/backend_rows.h"

#include "models/words.h"

#include <QCoreApplication>

#include <algorithm>

namespace mainstay::models {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("BackendRows", text);
}

QString balanceText(const std::string &name)
{
    for (const auto &each : enumerators(config::Balance())) {
        if (name == each.name)
            return QCoreApplication::translate("Config", each.label);
    }
    return text(name); // of a service newer than this
}

Cell stateCell(const rpc::ServerStatus &server)
{
    QString hint;
    if (server.overrideState && *server.overrideState != server.configuredState)
        hint = tr("Set at run time; the configuration says: %1").arg(label(server.configuredState));
    return {label(server.state()), toneOf(server.state()), hint};
}

Cell checkCell(const rpc::ServerStatus &server, WallTime now)
{
    const QString when = agoText(server.lastCheck, now);
    const QString what = text(server.lastCheckReason);
    const Tone tone = server.health == rpc::ServerHealth::down ? Tone::plain : Tone::faint;
    if (when.isEmpty())
        return {what.isEmpty() ? tr("Never") : what, tone, {}};
    return {what.isEmpty() ? when : tr("%1 · %2").arg(what, when), tone, {}};
}

Cell errorCell(double rate)
{
    return figure(rateText(rate), rate, rate > 0 ? Tone::bad : Tone::plain);
}

Rate rateOf(const std::string &backend, const std::string &server, const std::optional<Rates> &rates)
{
    if (!rates)
        return {kUnknown, kUnknown, kUnknown, kUnknown};
    const auto found = rates->servers.find({backend, server});
    return found == rates->servers.end() ? Rate() : found->second;
}

Row serverRow(const rpc::ServerStatus &server, const Rate &rate, WallTime now)
{
    return {text(server.name),
            {{text(server.name), Tone::plain, {}},
             {text(server.address), Tone::plain, {}},
             stateCell(server),
             {label(server.health), toneOf(server.health), text(server.lastCheckReason)},
             count(server.weight()),
             count(server.inFlight),
             figure(rateText(rate.requests), rate.requests),
             errorCell(rate.errors),
             figure(durationText(rate.p99), rate.p99),
             checkCell(server, now)},
            {}};
}

// How many of its servers take requests.
Cell readyCell(const rpc::BackendStatus &backend)
{
    const auto takes = [](const rpc::ServerStatus &server) {
        return server.state() == config::ServerState::ready && server.health != rpc::ServerHealth::down;
    };
    const auto ready = std::count_if(backend.servers.begin(), backend.servers.end(), takes);
    const auto all = static_cast<std::ptrdiff_t>(backend.servers.size());
    const Tone tone = ready == all ? Tone::good : ready == 0 ? Tone::bad : Tone::warning;
    return {tr("%1 of %2").arg(ready).arg(all), tone, tr("Servers that take requests")};
}

Row backendRow(const rpc::BackendStatus &backend, const std::optional<Rates> &rates, WallTime now)
{
    Row row{text(backend.name), {}, {}};
    Rate sum = rates ? Rate() : Rate{kUnknown, kUnknown};
    std::uint64_t inFlight = 0;
    for (const rpc::ServerStatus &server : backend.servers) {
        const Rate rate = rateOf(backend.name, server.name, rates);
        sum.requests += rate.requests;
        sum.errors += rate.errors;
        inFlight += server.inFlight;
        row.children.push_back(serverRow(server, rate, now));
    }
    row.cells = {{text(backend.name), Tone::strong, {}},
                 {balanceText(backend.balance), Tone::faint, tr("How requests are spread")},
                 {},
                 readyCell(backend),
                 {},
                 count(inFlight, Tone::faint),
                 figure(rateText(sum.requests), sum.requests, Tone::faint),
                 figure(rateText(sum.errors), sum.errors, sum.errors > 0 ? Tone::bad : Tone::faint),
                 {},
                 {}};
    return row;
}

} // namespace

std::vector<Column> backendColumns()
{
    return {{tr("Server"), QStringLiteral("application-1")},
            {tr("Address"), QStringLiteral("127.000.000.001:8080")},
            {tr("State"), QStringLiteral("⬤ Maintenance")},
            {tr("Health"), QStringLiteral("⬤ Unknown")},
            {tr("Weight"), QStringLiteral("100"), Align::right, false, true},
            {tr("In flight"), QStringLiteral("1000"), Align::right},
            {tr("Requests/s"), QStringLiteral("99.9k"), Align::right},
            {tr("Errors/s"), QStringLiteral("99.9k"), Align::right, false, true},
            {tr("p99"), QStringLiteral("99.9 ms"), Align::right, false, true},
            {tr("Last check"), QStringLiteral("200 OK · 5 s ago"), Align::left, true}};
}

std::vector<Row> backendRows(const rpc::Status &status, const std::optional<Rates> &rates, WallTime now)
{
    std::vector<Row> rows;
    for (const rpc::BackendStatus &backend : status.backends)
        rows.push_back(backendRow(backend, rates, now));
    return rows;
}

} // namespace mainstay::models
