// SPDX-License-Identifier: GPL-3.0-or-later
// database …: how the databases are, and statements for them.
#include "cli/arguments.h"
#include "cli/output.h"
#include "cli/service_session.h"
#include "cli/status_tables.h"
#include "cli/verbs.h"
#include "rpc/database_methods.h"
#include "rpc/status_methods.h"

namespace mainstay::cli {
namespace {

Result<ExitCode> listDatabases(Invocation &invocation)
{
    Result<rpc::Status> status = invocation.service.call(rpc::GetStatus{});
    if (!status)
        return forward(std::move(status));
    Output &output = invocation.output;
    if (output.isJson()) {
        output.value(status->databases);
        return ExitCode::done;
    }
    output.table(databaseTable(status->databases, WallClock::now()));
    if (const Table pools = poolTable(status->databases); !pools.isEmpty()) {
        output.line();
        output.table(pools);
    }
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
         .examples = {{QStringLiteral("database list"),
                       QStringLiteral("health and migrations of each, and who uses it")}},
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
