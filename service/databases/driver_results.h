// SPDX-License-Identifier: GPL-3.0-or-later
// What Qt's drivers know of a result and keep to themselves, asked of the client libraries that they have loaded.
#pragma once

#include <QSqlQuery>
#include <QString>

#include <optional>

namespace mainstay::databases {

// The thread of the query's connection, all of them. Empty for other drivers, and where the library is not known.

// QMYSQL calls each text bytes whose collation is a binary one.
struct MysqlColumn {
    bool isBytes = false; // has no character set
    bool isJson = false;
};
[[nodiscard]] std::optional<MysqlColumn> mysqlColumn(const QSqlQuery &query, int column);

// A value of the current row as PostgreSQL has sent it; not NULL. QPSQL cuts off, or loses, what QDateTime has no room
// for.
[[nodiscard]] std::optional<QString> postgresqlText(const QSqlQuery &query, int column);

} // namespace mainstay::databases
