// SPDX-License-Identifier: GPL-3.0-or-later
// The database as plugins see it.
#pragma once

#include "apphost/plugin.h"
#include "base/clock.h"
#include "databases/pool.h"

#include <cstdint>

namespace mainstay::apphost {

// Any thread that may wait, for the length of one request.
class PoolDatabase : public Database {
public:
    // The pool is null for an app without a database.
    PoolDatabase(databases::Pool *pool, Milliseconds limit, std::uint64_t maxRows)
        : m_pool(pool), m_limit(limit), m_maxRows(maxRows)
    {}

    [[nodiscard]] DatabaseRows read(const std::string &sql, const Values &values) override;
    DatabaseRows write(const std::vector<Statement> &statements) override;

private:
    [[nodiscard]] DatabaseRows run(databases::Access access, const std::vector<Statement> &statements);

    databases::Pool *m_pool;
    Milliseconds m_limit;
    std::uint64_t m_maxRows;
};

} // namespace mainstay::apphost
