// SPDX-License-Identifier: GPL-3.0-or-later
// Which database is at the other end, whatever driver leads there.
#pragma once

#include "config/database.h"
#include "schema/sql_tokens.h"

#include <cstdint>
#include <string>

namespace mainstay::databases {

enum class Engine : std::uint8_t {
    sqlite,
    postgresql,
    mariadb,
    mysql,
    other, // by ODBC, and not known here: SQL Server among them
};

[[nodiscard]] constexpr schema::SqlDialect dialectOf(Engine engine)
{
    switch (engine) {
    case Engine::sqlite:
        return schema::SqlDialect::sqlite;
    case Engine::postgresql:
        return schema::SqlDialect::postgresql;
    case Engine::mariadb:
    case Engine::mysql:
        return schema::SqlDialect::mysql;
    case Engine::other:
        break;
    }
    return schema::SqlDialect::other;
}

// What a connection does to the database.
enum class Access : std::uint8_t {
    read, // the database refuses every change
    write,
};

} // namespace mainstay::databases
