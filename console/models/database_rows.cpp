// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/database_rows.h"

#include "models/words.h"

#include <QCoreApplication>

namespace mainstay::models {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("DatabaseRows", text);
}

Cell some(std::uint64_t number, Tone whenSome = Tone::plain)
{
    return count(number, number > 0 ? whenSome : Tone::faint);
}

Cell connectionsCell(const rpc::DatabasePool &pool, Tone tone)
{
    return figure(tr("%1 of %2").arg(pool.open).arg(pool.limit), pool.open, tone,
                  tr("%1 connections are open, %2 of them at work, and %3 are allowed")
                      .arg(pool.open)
                      .arg(pool.inUse)
                      .arg(pool.limit));
}

Row poolRow(const rpc::DatabasePool &pool)
{
    return {text(pool.user),
            {{text(pool.user), Tone::plain, tr("Who uses the database")},
             {},
             {},
             connectionsCell(pool, Tone::plain),
             some(pool.inUse),
             some(pool.statements),
             some(pool.errors, Tone::bad),
             some(pool.slow, Tone::warning),
             some(pool.timedOut, Tone::warning),
             {pool.reconnects > 0 ? tr("Reconnects: %1").arg(pool.reconnects) : QString(), Tone::faint, {}}},
            {}};
}

Cell migrationsCell(const rpc::DatabaseStatus &database)
{
    if (!database.migrationProblem.empty())
        return {tr("%1 pending").arg(database.migrationsPending), Tone::bad, text(database.migrationProblem)};
    if (database.migrationsPending > 0)
        return {tr("%1 pending").arg(database.migrationsPending), Tone::warning, {}};
    if (database.migrationsApplied == 0)
        return {tr("None"), Tone::faint, {}};
    return {tr("%1 applied").arg(database.migrationsApplied), Tone::good, {}};
}

Cell reasonCell(const rpc::DatabaseStatus &database, WallTime now)
{
    if (!database.migrationProblem.empty())
        return {text(database.migrationProblem), Tone::plain, {}};
    if (database.health == rpc::DatabaseHealth::down)
        return {text(database.reason), Tone::plain, {}};
    const QString what = text(database.serverVersion.empty() ? database.reason : database.serverVersion);
    const QString when = agoText(database.lastCheck, now);
    return {when.isEmpty() || what.isEmpty() ? what + when : tr("%1 · checked %2").arg(what, when), Tone::faint,
            tr("%1: %2").arg(text(database.driver), text(database.target))};
}

Row databaseRow(const rpc::DatabaseStatus &database, WallTime now)
{
    Row row{text(database.name), {}, {}};
    rpc::DatabasePool sum;
    for (const rpc::DatabasePool &pool : database.pools) {
        sum.open += pool.open;
        sum.inUse += pool.inUse;
        sum.limit += pool.limit;
        sum.statements += pool.statements;
        sum.errors += pool.errors;
        sum.slow += pool.slow;
        sum.timedOut += pool.timedOut;
        row.children.push_back(poolRow(pool));
    }
    row.cells = {{text(database.name), Tone::strong, tr("%1: %2").arg(text(database.driver), text(database.target))},
                 {label(database.health), toneOf(database.health), text(database.reason)},
                 migrationsCell(database),
                 connectionsCell(sum, Tone::faint),
                 count(sum.inUse, Tone::faint),
                 count(sum.statements, Tone::faint),
                 count(sum.errors, Tone::faint),
                 count(sum.slow, Tone::faint),
                 count(sum.timedOut, Tone::faint),
                 reasonCell(database, now)};
    return row;
}

} // namespace

std::vector<Column> databaseColumns()
{
    return {{tr("Database"), QStringLiteral("app guestbook.10.10")},
            {tr("Health"), QStringLiteral("⬤ Unknown")},
            {tr("Migrations"), QStringLiteral("⬤ 12 applied")},
            {tr("Connections"), QStringLiteral("16 of 16"), Align::right},
            {tr("In use"), QStringLiteral("16"), Align::right, false, true},
            {tr("Statements"), QStringLiteral("100000"), Align::right},
            {tr("Errors"), QStringLiteral("1000"), Align::right},
            {tr("Slow"), QStringLiteral("1000"), Align::right, false, true},
            {tr("Timed out"), QStringLiteral("1000"), Align::right, false, true},
            {tr("Details"), QStringLiteral("PostgreSQL 15.5"), Align::left, true}};
}

std::vector<Row> databaseRows(const rpc::Status &status, WallTime now)
{
    std::vector<Row> rows;
    for (const rpc::DatabaseStatus &database : status.databases)
        rows.push_back(databaseRow(database, now));
    return rows;
}

} // namespace mainstay::models
