// SPDX-License-Identifier: GPL-3.0-or-later
#include "databases/cut_query.h"

#include "databases/sql_script.h"
#include "databases/statement_text.h"

#include <algorithm>

namespace mainstay::databases {
namespace {

constexpr std::size_t kMostCharacters = 64 << 20; // of all values together
constexpr std::size_t kShortestCut = 100;

class ColumnReader : public RowReader {
public:
    void begin(const std::vector<Column> &found) override { columns = found; }
    bool read(const Row &) override { return false; }
    std::vector<Column> columns;
};

std::string quotedName(const std::string &name, char quote)
{
    std::string text(1, quote);
    for (const char c : name)
        text += c == quote ? std::string(2, quote) : std::string(1, c);
    return text + quote;
}

// "c1", but for what may be long.
std::string cutColumn(const Column &column, const std::string &place, std::size_t length, Engine engine)
{
    const std::string most = std::to_string(length);
    if (engine == Engine::postgresql && column.isText)
        return "left(" + place + "::text, " + most + ")";
    if (engine == Engine::postgresql && column.isBytes)
        return "substring(" + place + " FROM 1 FOR " + most + ")";
    return column.isText || column.isBytes ? "left(" + place + ", " + most + ")" : place;
}

// In brackets where it has a LIMIT already: on MariaDB and MySQL, where a table in FROM has no two columns of one name,
// without FROM, which WITH may not. MariaDB's driver of ODBC sees no columns of VALUES.
std::string withoutRows(const std::string &text, const StatementText &statement, schema::SqlDialect dialect)
{
    const bool isValues = statement.keyword == "VALUES" && dialect == schema::SqlDialect::mysql;
    if (!statement.hasLimit && !isValues)
        return text + "\nLIMIT 0";
    const bool isTable = dialect != schema::SqlDialect::mysql || statement.keyword == "WITH" || isValues;
    return isTable ? "SELECT * FROM (" + text + "\n) AS mainstay_query LIMIT 0" : "(" + text + "\n) LIMIT 0";
}

} // namespace

Result<CutQuery> cutQuery(Connection &connection, const std::string &sql, std::uint64_t maxRows, std::size_t maxValue)
{
    const Engine engine = connection.engine();
    const schema::SqlDialect dialect = dialectOf(engine);
    const CutQuery whole{sql, maxValue};
    if (engine != Engine::postgresql && dialect != schema::SqlDialect::mysql)
        return whole;
    Result<std::vector<ScriptStatement>> parts = splitScript(sql, dialect);
    if (!parts || parts->size() != 1)
        return whole; // what says so when it is executed
    const StatementText statement = statementText(parts->front().text, dialect);
    if (!statement.names.empty())
        return whole; // nobody gives them values, and execute() says so
    const auto begins = [&](const char *keyword) { return statement.keyword == keyword; };
    if (!begins("SELECT") && !begins("WITH") && !begins("VALUES") && !begins("TABLE"))
        return whole;
    const std::string text = statement.text.toStdString();
    ColumnReader reader;
    Result<Outcome> asked = connection.execute(withoutRows(text, statement, dialect), {}, &reader);
    if (!asked)
        return forward(std::move(asked));
    if (reader.columns.empty())
        return whole;
    const std::size_t values = reader.columns.size() * (static_cast<std::size_t>(maxRows) + 1);
    const std::size_t most = std::clamp(kMostCharacters / values, std::min(kShortestCut, maxValue), maxValue);
    const std::string rows = "\nLIMIT " + std::to_string(maxRows + 1);
    std::string places;
    std::string wanted;
    for (std::size_t i = 0; i < reader.columns.size(); ++i) {
        const std::string place = "c" + std::to_string(i);
        const char *comma = i == 0 ? "" : ", ";
        places += comma + place;
        wanted += comma + cutColumn(reader.columns[i], place, most + 1, engine) + " AS " +
                  quotedName(reader.columns[i].name, engine == Engine::postgresql ? '"' : '`');
    }
    // MariaDB keeps the order of what is in WITH only where that has a LIMIT.
    return CutQuery{"WITH mainstay_query (" + places + ") AS (" + text + (statement.hasLimit ? "" : rows) +
                        "\n) SELECT " + wanted + " FROM mainstay_query" + rows,
                    most};
}

} // namespace mainstay::databases
