// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/status_tables.h"

#include "cli/format.h"

namespace mainstay::cli {
namespace {

template <rpc::NamedEnum E>
QString text(E value)
{
    const std::string_view name = rpc::nameOf(value);
    return QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()));
}

QString joined(const std::vector<std::string> &texts)
{
    QStringList list;
    for (const std::string &each : texts)
        list << QString::fromStdString(each);
    return list.join(QLatin1String(", "));
}

Cell good(bool is, const QString &yes, const std::string &whyNot)
{
    return is ? Cell(yes, Style::good) : Cell::of(whyNot.empty() ? "not yet" : whyNot, Style::bad);
}

Cell healthCell(const rpc::DatabaseStatus &database)
{
    switch (database.health) {
    case rpc::DatabaseHealth::up:
        return {QStringLiteral("up"), Style::good};
    case rpc::DatabaseHealth::down:
        return {QStringLiteral("down"), Style::bad};
    case rpc::DatabaseHealth::unknown:
        break;
    }
    return {QStringLiteral("unknown"), Style::faint};
}

Cell migrationsCell(const rpc::DatabaseStatus &database)
{
    if (!database.migrationProblem.empty())
        return Cell::of(database.migrationProblem, Style::bad);
    if (database.migrationsApplied + database.migrationsPending == 0)
        return QString();
    const QString text = QStringLiteral("%1 done").arg(database.migrationsApplied);
    if (database.migrationsPending == 0)
        return text;
    return {text + QStringLiteral(", %1 to do").arg(database.migrationsPending), Style::warning};
}

Cell weightCell(const rpc::ServerStatus &server)
{
    const QString weight = QString::number(server.weight());
    if (server.weight() == server.configuredWeight)
        return weight;
    return {QStringLiteral("%1 (configured: %2)").arg(weight).arg(server.configuredWeight), Style::warning};
}

QString lastCheckText(const rpc::ServerStatus &server, WallTime now)
{
    QString text = server.lastCheck ? agoText(*server.lastCheck, now) : QString();
    if (!server.lastCheckReason.empty())
        text += (text.isEmpty() ? QString() : QStringLiteral(": ")) + QString::fromStdString(server.lastCheckReason);
    return text;
}

} // namespace

Cell stateCell(const rpc::ServerStatus &server)
{
    const Style style = server.state() == rpc::ServerState::ready ? Style::good : Style::warning;
    if (server.state() == server.configuredState)
        return {text(server.state()), style};
    return {QStringLiteral("%1 (configured: %2)").arg(text(server.state()), text(server.configuredState)), style};
}

Cell healthCell(rpc::ServerHealth health)
{
    switch (health) {
    case rpc::ServerHealth::up:
        return {text(health), Style::good};
    case rpc::ServerHealth::down:
        return {text(health), Style::bad};
    case rpc::ServerHealth::unknown:
        break;
    }
    return {text(health), Style::faint};
}

Table listenerTable(const std::vector<rpc::ListenerStatus> &listeners)
{
    Table table({{QStringLiteral("LISTENER")},
                 {QStringLiteral("ADDRESS")},
                 {QStringLiteral("PROTOCOL")},
                 {QStringLiteral("STATE")}});
    for (const rpc::ListenerStatus &listener : listeners)
        table.add({Cell::of(listener.name), Cell::of(listener.address), Cell::of(listener.protocol),
                   good(listener.bound, QStringLiteral("listening"), listener.reason)});
    return table;
}

Table siteTable(const std::vector<rpc::SiteStatus> &sites)
{
    Table table({{QStringLiteral("SITE")},
                 {QStringLiteral("HOSTS")},
                 {QStringLiteral("LISTENERS")},
                 {QStringLiteral("STATE")}});
    for (const rpc::SiteStatus &site : sites)
        table.add({Cell::of(site.name), joined(site.hosts), joined(site.listeners),
                   good(site.active, QStringLiteral("active"), site.reason)});
    return table;
}

Table serverTable(const std::vector<rpc::BackendStatus> &backends, WallTime now)
{
    Table table({{QStringLiteral("BACKEND/SERVER")},
                 {QStringLiteral("ADDRESS")},
                 {QStringLiteral("STATE")},
                 {QStringLiteral("HEALTH")},
                 {QStringLiteral("WEIGHT"), Align::right},
                 {QStringLiteral("IN FLIGHT"), Align::right},
                 {QStringLiteral("LAST CHECK")}});
    for (const rpc::BackendStatus &backend : backends) {
        for (const rpc::ServerStatus &server : backend.servers)
            table.add({Cell::of(backend.name + "/" + server.name), Cell::of(server.address), stateCell(server),
                       healthCell(server.health), weightCell(server), QString::number(server.inFlight),
                       lastCheckText(server, now)});
    }
    return table;
}

Table appTable(const std::vector<rpc::AppStatus> &apps, WallTime now)
{
    Table table({{QStringLiteral("APP/INSTANCE")},
                 {QStringLiteral("STATE")},
                 {QStringLiteral("PROCESS"), Align::right},
                 {QStringLiteral("STARTED")},
                 {QStringLiteral("RESTARTS"), Align::right},
                 {QStringLiteral("MEMORY"), Align::right},
                 {QStringLiteral("IN FLIGHT"), Align::right}});
    for (const rpc::AppStatus &app : apps) {
        if (app.instances.empty())
            table.add({Cell::of(app.name), {QStringLiteral("not running"), Style::bad}});
        for (const rpc::InstanceStatus &instance : app.instances) {
            const Style style = instance.state == rpc::InstanceState::ready ? Style::good : Style::warning;
            table.add({Cell::of(app.name + "/" + instance.name),
                       {text(instance.state), style},
                       instance.pid == 0 ? QStringLiteral("-") : QString::number(instance.pid),
                       instance.started ? agoText(*instance.started, now) : QString(),
                       QString::number(instance.restarts),
                       bytesText(static_cast<double>(instance.memoryBytes)),
                       QString::number(instance.inFlight)});
        }
    }
    return table;
}

Table databaseTable(const std::vector<rpc::DatabaseStatus> &databases, WallTime now)
{
    Table table({{QStringLiteral("DATABASE")},
                 {QStringLiteral("TARGET")},
                 {QStringLiteral("HEALTH")},
                 {QStringLiteral("SERVER")},
                 {QStringLiteral("MIGRATIONS")},
                 {QStringLiteral("LAST CHECK")}});
    for (const rpc::DatabaseStatus &database : databases) {
        QString check = database.lastCheck ? agoText(*database.lastCheck, now) : QString();
        if (database.health == rpc::DatabaseHealth::down)
            check += QStringLiteral(": ") + QString::fromStdString(database.reason);
        table.add({Cell::of(database.name), Cell::of(database.target), healthCell(database),
                   Cell::of(database.serverVersion), migrationsCell(database), check});
    }
    return table;
}

Table poolTable(const std::vector<rpc::DatabaseStatus> &databases)
{
    Table table({{QStringLiteral("DATABASE")},
                 {QStringLiteral("USED BY")},
                 {QStringLiteral("OPEN"), Align::right},
                 {QStringLiteral("AT WORK"), Align::right},
                 {QStringLiteral("STATEMENTS"), Align::right},
                 {QStringLiteral("ERRORS"), Align::right},
                 {QStringLiteral("SLOW"), Align::right},
                 {QStringLiteral("TIMED OUT"), Align::right}});
    for (const rpc::DatabaseStatus &database : databases) {
        for (const rpc::DatabasePool &pool : database.pools)
            table.add({Cell::of(database.name), Cell::of(pool.user),
                       QStringLiteral("%1 of %2").arg(pool.open).arg(pool.limit), QString::number(pool.inUse),
                       QString::number(pool.statements), QString::number(pool.errors), QString::number(pool.slow),
                       QString::number(pool.timedOut)});
    }
    return table;
}

Table zoneTable(const std::vector<rpc::ZoneStatus> &zones, WallTime now)
{
    Table table({{QStringLiteral("ZONE")},
                 {QStringLiteral("SERIAL"), Align::right},
                 {QStringLiteral("NAMES"), Align::right},
                 {QStringLiteral("RECORDS"), Align::right},
                 {QStringLiteral("LOADED")},
                 {QStringLiteral("PROBLEMS"), Align::right}});
    for (const rpc::ZoneStatus &zone : zones) {
        table.add({Cell::of(zone.name),
                   QString::number(zone.serial),
                   QString::number(zone.names),
                   QString::number(zone.records),
                   zone.loaded ? Cell(agoText(*zone.loaded, now)) : Cell(QStringLiteral("not loaded"), Style::bad),
                   {zone.problems.empty() ? QString() : QString::number(zone.problems.size()),
                    hasErrors(zone.problems) ? Style::bad : Style::warning}});
    }
    return table;
}

} // namespace mainstay::cli
