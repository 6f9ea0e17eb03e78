// SPDX-License-Identifier: GPL-3.0-or-later
#include "apphost/pool_database.h"

#include <future>

namespace mainstay::apphost {
namespace {

class RowsReader : public databases::RowReader {
public:
    explicit RowsReader(std::uint64_t maxRows) : m_maxRows(maxRows) {}

    void begin(const std::vector<databases::Column> &columns) override
    {
        rows = {};
        for (const databases::Column &column : columns)
            rows.columns.push_back(column.name);
    }
    bool read(const databases::Row &row) override
    {
        if (rows.rows.size() >= m_maxRows)
            return false;
        auto &values = rows.rows.emplace_back();
        for (std::size_t i = 0; i < rows.columns.size(); ++i)
            values.push_back(row.value(i));
        return true;
    }

    DatabaseRows rows;

private:
    std::uint64_t m_maxRows;
};

} // namespace

DatabaseRows PoolDatabase::read(const std::string &sql, const Values &values)
{
    return run(databases::Access::read, {{sql, values}});
}

DatabaseRows PoolDatabase::write(const std::vector<Statement> &statements)
{
    return run(databases::Access::write, statements);
}

DatabaseRows PoolDatabase::run(databases::Access access, const std::vector<Statement> &statements)
{
    if (!m_pool)
        throw DatabaseError("database.none", "this app has no database");
    auto promise = std::make_shared<std::promise<Result<DatabaseRows>>>();
    std::future<Result<DatabaseRows>> future = promise->get_future();
    m_pool->run<DatabaseRows>(
        m_limit,
        [access, statements, maxRows = m_maxRows](databases::Connection &connection) -> Result<DatabaseRows> {
            RowsReader reader(maxRows);
            const databases::Page page{0, maxRows};
            Result<> done = connection.transact(access, statements.size(), [&]() -> Result<> {
                for (const Statement &statement : statements) {
                    const bool isLast = &statement == &statements.back();
                    Result<databases::Outcome> outcome = connection.execute(
                        statement.sql, statement.values, isLast ? &reader : nullptr, isLast ? &page : nullptr);
                    if (!outcome)
                        return forward(std::move(outcome));
                }
                return {};
            });
            if (!done)
                return forward(std::move(done));
            return std::move(reader.rows);
        },
        [promise](Result<DatabaseRows> result) { promise->set_value(std::move(result)); });
    Result<DatabaseRows> result = future.get();
    if (!result)
        throw DatabaseError(result.error().code, result.error().message);
    return std::move(*result);
}

} // namespace mainstay::apphost
