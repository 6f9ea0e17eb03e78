// SPDX-License-Identifier: GPL-3.0-or-later
// A database and how it is reached: [database.NAME].
#pragma once

#include "config/setting.h"
#include "config/values.h"

#include <array>
#include <string>

namespace mainstay::config {

enum class DatabaseDriver : std::uint8_t { sqlite, postgresql, mysql, odbc };

constexpr auto enumerators(DatabaseDriver)
{
    return std::array{
        Enumerator{DatabaseDriver::sqlite, "sqlite", MS_NOOP("Config", "SQLite")},
        Enumerator{DatabaseDriver::postgresql, "postgresql", MS_NOOP("Config", "PostgreSQL")},
        Enumerator{DatabaseDriver::mysql, "mysql", MS_NOOP("Config", "MySQL or MariaDB")},
        Enumerator{DatabaseDriver::odbc, "odbc", MS_NOOP("Config", "ODBC")},
    };
}

// What the query box of the console may do.
enum class ConsoleAccess : std::uint8_t { none, read, write };

constexpr auto enumerators(ConsoleAccess)
{
    return std::array{
        Enumerator{ConsoleAccess::none, "none", MS_NOOP("Config", "None")},
        Enumerator{ConsoleAccess::read, "read", MS_NOOP("Config", "Read")},
        Enumerator{ConsoleAccess::write, "write", MS_NOOP("Config", "Read and write")},
    };
}

// Immutable once loaded.
struct DatabaseConfig {
    DatabaseDriver driver = DatabaseDriver::sqlite;
    FilePath file;
    std::string host;
    std::uint16_t port = 0;
    std::string name;
    std::string user;
    FilePath passwordFile;
    std::string passwordVariable;
    std::string dsn;
    FilePath connectionFile;
    std::uint32_t pool = 4;
    Duration connectTimeout = Seconds(5);
    Duration queryTimeout = Seconds(30);
    Duration idleTimeout = Seconds(300);
    Duration slowQuery = Milliseconds(500);
    FilePath migrations;
    ConsoleAccess console = ConsoleAccess::read;
    bool unguardedReads = false;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&DatabaseConfig::driver, "driver",
          {.label = MS_NOOP("Config", "Driver"),
           .help = MS_NOOP("Config", "Kind of the database, and with it how it is reached.")});
        v(&DatabaseConfig::file, "file",
          {.label = MS_NOOP("Config", "File"),
           .help = MS_NOOP("Config", "SQLite, required there: file of the database, relative to the folder `data` "
                                     "of the state folder; made on first use."),
           .base = PathBase::data});
        v(&DatabaseConfig::host, "host",
          {.label = MS_NOOP("Config", "Host"),
           .help =
               MS_NOOP("Config", "PostgreSQL and MySQL: name or address of the server, or the folder or file of its "
                                 "Unix socket; empty means this machine.")});
        v(&DatabaseConfig::port, "port",
          {.label = MS_NOOP("Config", "Port"),
           .help = MS_NOOP("Config", "PostgreSQL and MySQL: port of the server; 0 means the usual one.")});
        v(&DatabaseConfig::name, "name",
          {.label = MS_NOOP("Config", "Database"),
           .help = MS_NOOP("Config", "PostgreSQL and MySQL, required there: name of the database on the server.")});
        v(&DatabaseConfig::user, "user",
          {.label = MS_NOOP("Config", "User"),
           .help = MS_NOOP("Config", "PostgreSQL, MySQL and ODBC: user to log in as.")});
        v(&DatabaseConfig::passwordFile, "password_file",
          {.label = MS_NOOP("Config", "Password file"),
           .help = MS_NOOP("Config", "PostgreSQL, MySQL and ODBC: file whose first line is the password; nobody but "
                                     "its owner and group may read it.")});
        v(&DatabaseConfig::passwordVariable, "password_variable",
          {.label = MS_NOOP("Config", "Password variable"),
           .help = MS_NOOP("Config", "PostgreSQL, MySQL and ODBC: variable of the service's environment that holds "
                                     "the password, instead of a file.")});
        v(&DatabaseConfig::dsn, "dsn",
          {.label = MS_NOOP("Config", "Data source"),
           .help = MS_NOOP("Config", "ODBC: a data source of odbc.ini, or a connection string without its password, "
                                     "as \"Driver=PostgreSQL Unicode;Server=db;Database=shop\".")});
        v(&DatabaseConfig::connectionFile, "connection_file",
          {.label = MS_NOOP("Config", "Connection file"),
           .help = MS_NOOP("Config", "ODBC: file whose first line is the whole connection string, password "
                                     "included, instead of `dsn`; nobody but its owner and group may read it.")});
        v(&DatabaseConfig::pool, "pool",
          {.label = MS_NOOP("Config", "Most connections"),
           .help = MS_NOOP("Config", "Connections open at a time, for each program that uses the database."),
           .min = 1,
           .max = 256});
        v(&DatabaseConfig::connectTimeout, "connect_timeout",
          {.label = MS_NOOP("Config", "Connect timeout"),
           .help = MS_NOOP("Config", "Time to get a connection: to make one, or to wait until one is free."),
           .min = 100,
           .max = kHour});
        v(&DatabaseConfig::queryTimeout, "query_timeout",
          {.label = MS_NOOP("Config", "Query timeout"),
           .help = MS_NOOP("Config", "Time a statement may take where nothing shorter is set."),
           .min = 10,
           .max = kDay});
        v(&DatabaseConfig::idleTimeout, "idle_timeout",
          {.label = MS_NOOP("Config", "Idle timeout"),
           .help = MS_NOOP("Config", "How long an unused connection is kept."),
           .min = 1000,
           .max = kDay});
        v(&DatabaseConfig::slowQuery, "slow_query",
          {.label = MS_NOOP("Config", "Slow query"),
           .help = MS_NOOP("Config", "Statements that take longer are logged; 0 logs none."),
           .max = kDay});
        v(&DatabaseConfig::migrations, "migrations",
          {.label = MS_NOOP("Config", "Migrations"),
           .help =
               MS_NOOP("Config", "Folder of files named 001-what.sql and so on, each run once, in order, before the "
                                 "database is used.")});
        v(&DatabaseConfig::console, "console",
          {.label = MS_NOOP("Config", "Console"),
           .help = MS_NOOP("Config", "What queries from the console and `mainstayctl` may do.")});
        v(&DatabaseConfig::unguardedReads, "unguarded_reads",
          {.label = MS_NOOP("Config", "Unguarded reads"),
           .help =
               MS_NOOP("Config", "ODBC: lets reading through where nothing holds a statement to it, which is SQLite "
                                 "by ODBC and every database that is not known.")});
    }

    friend bool operator==(const DatabaseConfig &, const DatabaseConfig &) = default;
};

} // namespace mainstay::config
