// SPDX-License-Identifier: GPL-3.0-or-later
// database …: how the databases are, and statements for them.
#include "cli/arguments.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/service_session.h"
#include "cli/verbs.h"
#include "rpc/database_methods.h"
#include "rpc/status_methods.h"

namespace mainstay::cli {
namespace {

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

Result<ExitCode> listDatabases(Invocation &invocation)
{
    Result<rpc::Status> status = invocation.service.call(rpc::GetStatus{});
    if (!status)
        return forward(std::move(status));
    if (invocation.output.isJson())
        invocation.output.value(status->databases);
    else
        invocation.output.table(databaseTable(status->databases, WallClock::now()));
    return ExitCode::done;
}

void print(Output &output, const rpc::QueryResult &result)
{
    if (result.columns.empty()) {
        output.line(result.affected ? QStringLiteral("%1 rows changed").arg(*result.affected) : QStringLiteral("done"));
        return;
    }
    std::vector<Column> columns;
    for (const std::string &name : result.columns)
        columns.push_back({QString::fromStdString(name)});
    Table table(std::move(columns));
    for (const rpc::QueryRow &row : result.rows) {
        std::vector<Cell> cells;
        for (const std::optional<std::string> &value : row.values)
            cells.push_back(value ? Cell::of(*value) : Cell(QStringLiteral("NULL"), Style::faint));
        table.add(std::move(cells));
    }
    output.table(table);
    if (result.truncated)
        output.line(output.styled(QStringLiteral("There is more: rows or values were cut off."), Style::warning));
}

Result<ExitCode> query(Invocation &invocation)
{
    const Result<std::optional<quint64>> rows = invocation.arguments.number(QStringLiteral("max-rows"), 1, 10'000);
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    rpc::QueryDatabase request;
    request.database = invocation.arguments.positional.at(0).toStdString();
    request.sql = invocation.arguments.positional.at(1).toStdString();
    request.write = invocation.arguments.has(QStringLiteral("write"));
    request.maxRows = static_cast<std::uint32_t>(rows->value_or(request.maxRows));
    Result<rpc::QueryResult> result = invocation.service.call(request);
    if (!result)
        return forward(std::move(result));
    if (invocation.output.isJson())
        invocation.output.value(*result);
    else
        print(invocation.output, *result);
    return ExitCode::done;
}

} // namespace

std::vector<Verb> databaseVerbs()
{
    return {
        {.name = QStringLiteral("database list"),
         .arguments = {},
         .summary = QStringLiteral("List the databases, and how they are"),
         .details = {},
         .options = {},
         .examples = {{QStringLiteral("database list"), QStringLiteral("health, version and migrations of each")}},
         .run = listDatabases},
        {.name = QStringLiteral("database query"),
         .arguments = QStringLiteral("NAME SQL"),
         .summary = QStringLiteral("Run one statement on a database"),
         .details = QStringLiteral(
             "The database itself refuses every change unless --write is given; what is allowed from here\n"
             "is set by `console` of the database."),
         .options =
             {{QStringLiteral("write"), {}, {}, QStringLiteral("Let the statement change something")},
              {QStringLiteral("max-rows"), {}, QStringLiteral("N"), QStringLiteral("Rows at most (default: 200)")}},
         .examples = {{QStringLiteral("database query main \"SELECT * FROM entries\""),
                       QStringLiteral("what is in a table")},
                      {QStringLiteral("database query main \"DELETE FROM entries\" --write"),
                       QStringLiteral("and away with it")}},
         .run = query},
    };
}

} // namespace mainstay::cli
