// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/zone_rows.h"

#include "models/words.h"

#include <QCoreApplication>

namespace mainstay::models {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("ZoneRows", text);
}

Cell stateCell(const rpc::ZoneStatus &zone)
{
    if (!zone.loaded)
        return {tr("Not served"), Tone::bad, {}};
    if (hasErrors(zone.problems))
        return {tr("Outdated"), Tone::warning, tr("Its file has mistakes: what was read before is served")};
    return {tr("Served"), Tone::good, {}};
}

Cell readCell(std::optional<WallTime> loaded, WallTime now)
{
    if (!loaded)
        return {tr("Never"), Tone::faint, {}};
    return figure(agoText(loaded, now), std::chrono::duration<double>(now - *loaded).count(), Tone::faint);
}

std::vector<Row> problemRows(const Problems &problems)
{
    std::vector<Row> rows;
    for (const Problem &problem : problems)
        rows.push_back({QString::number(rows.size()),
                        {{text(problem.source.text()), Tone::faint, {}},
                         problem.severity == Severity::error ? Cell{tr("Error"), Tone::bad, {}}
                                                             : Cell{tr("Warning"), Tone::warning, {}},
                         {},
                         {},
                         {},
                         {},
                         {text(problem.remedy.empty() ? problem.message : problem.message + ": " + problem.remedy),
                          Tone::plain,
                          {}}},
                        {}});
    return rows;
}

} // namespace

std::vector<Column> zoneColumns()
{
    return {{tr("Zone"), QStringLiteral("subdomain.example.org")},
            {tr("State"), QStringLiteral("⬤ Not served")},
            {tr("Serial"), QStringLiteral("2030010101"), Align::right},
            {tr("Names"), QStringLiteral("1000000"), Align::right, false, true},
            {tr("Records"), QStringLiteral("1000000"), Align::right},
            {tr("Queries/s"), QStringLiteral("99.9k"), Align::right},
            {tr("File read"), QStringLiteral("10 min ago"), Align::left, true}};
}

std::vector<Row> zoneRows(const rpc::Status &status, const std::optional<Rates> &rates, WallTime now)
{
    std::vector<Row> rows;
    for (const rpc::ZoneStatus &zone : status.zones) {
        double queries = kUnknown;
        if (rates) {
            const auto found = rates->zones.find(zone.name);
            queries = found == rates->zones.end() ? 0 : found->second;
        }
        rows.push_back({text(zone.name),
                        {{text(zone.name), Tone::strong, {}},
                         stateCell(zone),
                         count(zone.serial),
                         count(zone.names),
                         count(zone.records),
                         figure(rateText(queries), queries),
                         readCell(zone.loaded, now)},
                        problemRows(zone.problems)});
    }
    return rows;
}

} // namespace mainstay::models
