// SPDX-License-Identifier: GPL-3.0-or-later
// A query that its server answers with short values and few rows only: a client library keeps all that it is sent.
#pragma once

#include "databases/connection.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace mainstay::databases {

struct CutQuery {
    std::string sql;
    std::size_t maxValue; // bytes that values may have; those of more are longer by a character at least
};

// The thread of the connection, within transact(). Asks the server for the columns of the query, without running it. On
// PostgreSQL, MariaDB and MySQL, for what may stand in WITH; other statements, and those on other databases, stay as
// they are. `maxRows` and one more come at most. Fails as the query itself would.
[[nodiscard]] Result<CutQuery> cutQuery(Connection &connection, const std::string &sql, std::uint64_t maxRows,
                                        std::size_t maxValue);

} // namespace mainstay::databases
