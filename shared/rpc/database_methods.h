// SPDX-License-Identifier: GPL-3.0-or-later
// database.*: how the databases are, and queries of an administrator.
#pragma once

#include "base/clock.h"
#include "rpc/method.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mainstay::rpc {

enum class DatabaseHealth : std::uint8_t { unknown, up, down };

constexpr auto enumerators(DatabaseHealth)
{
    return std::array{
        Enumerator{DatabaseHealth::unknown, "unknown", MS_NOOP("Rpc", "Unknown")},
        Enumerator{DatabaseHealth::up, "up", MS_NOOP("Rpc", "Up")},
        Enumerator{DatabaseHealth::down, "down", MS_NOOP("Rpc", "Down")},
    };
}

// The connections of one program to a database, and what it did with them since it started.
struct DatabasePool {
    std::string user;
    std::uint32_t open = 0;
    std::uint32_t inUse = 0;
    std::uint32_t limit = 0;
    std::uint64_t statements = 0;
    std::uint64_t errors = 0;
    std::uint64_t slow = 0;
    std::uint64_t timedOut = 0;
    std::uint64_t reconnects = 0;
    bool damaged = false;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&DatabasePool::user, "user", {.help = "Who uses it: the core, or an app with its instance"});
        v(&DatabasePool::open, "open", {.help = "Connections open"});
        v(&DatabasePool::inUse, "in_use", {.help = "Connections that work on a statement"});
        v(&DatabasePool::limit, "limit", {.help = "Most connections"});
        v(&DatabasePool::statements, "statements", {.help = "Statements done"});
        v(&DatabasePool::errors, "errors", {.help = "Statements that failed"});
        v(&DatabasePool::slow, "slow", {.help = "Statements slower than slow_query"});
        v(&DatabasePool::timedOut, "timed_out", {.help = "Statements given up, and waits for a connection"});
        v(&DatabasePool::reconnects, "reconnects", {.help = "Connections made anew after one was lost"});
        v(&DatabasePool::damaged, "damaged", {.help = "Whether it met damage in the database's file"});
    }
};

struct DatabaseStatus {
    std::string name;
    std::string driver;
    std::string target;
    DatabaseHealth health = DatabaseHealth::unknown;
    std::string reason;
    std::optional<WallTime> lastCheck;
    std::string serverVersion;
    std::uint32_t migrationsApplied = 0;
    std::uint32_t migrationsPending = 0;
    std::string migrationProblem;
    std::string console;
    std::vector<DatabasePool> pools;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&DatabaseStatus::name, "name", {.help = "Name in the configuration"});
        v(&DatabaseStatus::driver, "driver", {.help = "What is spoken to it"});
        v(&DatabaseStatus::target, "target", {.help = "File, server or data source, without secrets"});
        v(&DatabaseStatus::health, "health", {.help = "What the last check found"});
        v(&DatabaseStatus::reason, "reason", {.help = "What the last check saw"});
        v(&DatabaseStatus::lastCheck, "last_check", {.help = "When it was last checked"});
        v(&DatabaseStatus::serverVersion, "server_version", {.help = "What the database calls itself"});
        v(&DatabaseStatus::migrationsApplied, "migrations_applied", {.help = "Migrations done"});
        v(&DatabaseStatus::migrationsPending, "migrations_pending", {.help = "Migrations still to do"});
        v(&DatabaseStatus::migrationProblem, "migration_problem", {.help = "Why they are not done"});
        v(&DatabaseStatus::console, "console", {.help = "What queries may do: none, read or write"});
        v(&DatabaseStatus::pools, "pools", {.help = "Who uses it, and how"});
    }
};

struct QueryRow {
    std::vector<std::optional<std::string>> values;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&QueryRow::values, "values", {.help = "As text, one for each column; null for NULL"});
    }
};

struct QueryResult {
    std::vector<std::string> columns;
    std::vector<QueryRow> rows;
    bool truncated = false;
    std::optional<std::uint64_t> affected;
    Milliseconds spent{0};

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&QueryResult::columns, "columns", {.help = "Names of the columns; empty for statements without rows"});
        v(&QueryResult::rows, "rows", {.help = "The rows"});
        v(&QueryResult::truncated, "truncated", {.help = "Whether there were more rows, or longer values"});
        v(&QueryResult::affected, "affected", {.help = "Rows a statement without rows has changed"});
        v(&QueryResult::spent, "spent_ms", {.help = "How long it took, milliseconds"});
    }
};

struct QueryDatabase {
    static constexpr MethodInfo kMethod{"database.query", Access::change,
                                        "Run one statement, read-only unless `write` is set and allowed"};
    using Result = QueryResult;

    std::string database;
    std::string sql;
    bool write = false;
    std::uint32_t maxRows = 200;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&QueryDatabase::database, "database", {.help = "Name of the database", .required = true});
        v(&QueryDatabase::sql, "sql", {.help = "One statement", .required = true});
        v(&QueryDatabase::write, "write", {.help = "Whether it may change something"});
        v(&QueryDatabase::maxRows, "max_rows", {.help = "Rows to answer at most", .min = 1, .max = 10'000});
    }
};

} // namespace mainstay::rpc
