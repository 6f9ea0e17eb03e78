// SPDX-License-Identifier: GPL-3.0-or-later
// A SQLite database in a folder of its own, for tests.
#pragma once

#include "databases/connection.h"

#include <QTemporaryDir>

#include <string>
#include <vector>

namespace mainstay::databases {

class TextReader : public RowReader {
public:
    void begin(const std::vector<Column> &columns) override
    {
        rows.clear();
        m_columns = columns.size();
    }
    bool read(const Row &row) override
    {
        std::string line;
        for (std::size_t i = 0; i < m_columns; ++i)
            line += (i == 0 ? "" : "|") + textOf(row.value(i)).value_or("NULL");
        rows.push_back(line);
        return rows.size() < most;
    }

    std::vector<std::string> rows;
    std::size_t most = 1000;

private:
    std::size_t m_columns = 0;
};

// One statement by itself.
inline Result<std::vector<std::string>> query(Connection &connection, Access access, const std::string &sql,
                                              const Parameters &parameters = {}, const Page *page = nullptr)
{
    TextReader reader;
    Result<> done = connection.transact(access, 1, [&]() -> Result<> {
        Result<Outcome> outcome = connection.execute(sql, parameters, &reader, page);
        return outcome ? Result<>() : forward(std::move(outcome));
    });
    if (!done)
        return forward(std::move(done));
    return reader.rows;
}

struct SqliteFixture {
    QTemporaryDir folder;
    Target target;
    Ledger ledger;

    SqliteFixture()
    {
        target.name = "test";
        target.config.file = {"sub/test.db"};
        target.config.connectTimeout = Milliseconds(300);
        target.dataFolder = folder.path().toStdString();
    }
    [[nodiscard]] std::string file() const { return (target.dataFolder / target.config.file.path).string(); }
};

} // namespace mainstay::databases
