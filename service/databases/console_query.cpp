// SPDX-License-Identifier: GPL-3.0-or-later
#include "databases/console_query.h"

#include "databases/cut_query.h"
#include "databases/failure.h"

namespace mainstay::databases {
namespace {

constexpr std::size_t kMaxValue = 10'000; // bytes
constexpr std::size_t kMaxAnswer = 16 << 20;

// Cut where a character of UTF-8 begins.
void cut(std::string &text, std::size_t size)
{
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80)
        --size;
    text.resize(size);
}

class ResultReader : public RowReader {
public:
    explicit ResultReader(std::uint32_t maxRows) : m_maxRows(maxRows) {}

    void begin(const std::vector<Column> &columns) override
    {
        result.columns.clear();
        result.rows.clear();
        for (const Column &column : columns)
            result.columns.push_back(column.name);
    }
    bool read(const Row &row) override
    {
        if (result.rows.size() >= m_maxRows || m_bytes > kMaxAnswer) {
            result.truncated = true;
            return false;
        }
        std::vector<std::optional<std::string>> &values = result.rows.emplace_back().values;
        for (std::size_t i = 0; i < result.columns.size(); ++i) {
            std::optional<std::string> &text = values.emplace_back(textOf(row.value(i)));
            if (text && text->size() > maxValue) {
                cut(*text, maxValue);
                *text += "…";
                result.truncated = true;
            }
            m_bytes += text ? text->size() : 0;
        }
        return true;
    }

    rpc::QueryResult result;
    std::size_t maxValue = kMaxValue;

private:
    std::uint32_t m_maxRows;
    std::size_t m_bytes = 0;
};

} // namespace

Result<rpc::QueryResult> consoleQuery(Connection &connection, const rpc::QueryDatabase &query)
{
    ResultReader reader(query.maxRows);
    const SteadyTime started = SteadyClock::now();
    connection.logAs(query.sql);
    Result<> done = connection.transact(query.write ? Access::write : Access::read, 1, [&]() -> Result<> {
        CutQuery bounded{query.sql, kMaxValue};
        if (!query.write) {
            connection.limitValues(kMaxAnswer);
            Result<CutQuery> made = cutQuery(connection, query.sql, query.maxRows, kMaxValue);
            if (!made)
                return forward(std::move(made));
            bounded = std::move(*made);
        }
        reader.maxValue = bounded.maxValue;
        Result<Outcome> outcome = connection.execute(bounded.sql, {}, &reader);
        if (!outcome)
            return forward(std::move(outcome));
        reader.result.affected = outcome->affected;
        return {};
    });
    connection.setSpent(); // locks and settings of a session outlive the transaction
    if (!done && done.error().code == codeOf(FailureKind::readOnly) && done.error().remedy.empty())
        return fail(done.error().code, done.error().message,
                    "with `console = \"write\"` in the database's settings, say that it may write: `--write`, or `May "
                    "write` in the console");
    if (!done)
        return forward(std::move(done));
    reader.result.spent = std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - started);
    return std::move(reader.result);
}

} // namespace mainstay::databases
