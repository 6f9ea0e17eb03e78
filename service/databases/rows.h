// SPDX-License-Identifier: GPL-3.0-or-later
// Parameters into a statement, rows out of it.
#pragma once

#include "databases/engine.h"

#include <QSqlQuery>
#include <QString>
#include <QVariant>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mainstay::databases {

// By name, without the colon. An invalid QVariant is NULL.
using Parameters = std::map<std::string, QVariant, std::less<>>;

// What a driver's values must go through to be those of the database.
enum class Reading : std::uint8_t {
    asIs,
    bytesAsText,    // MariaDB's texts with a binary collation
    postgresqlTime, // all of a date or time, as ISO 8601
    signedByte,     // by ODBC
    bits,           // MariaDB's BIT, as a number
};

// Immutable.
struct Column {
    std::string name;
    bool isDecimal = false; // its values are numbers, though text where that keeps every digit
    bool isJson = false;    // its values are JSON already
    bool isText = false;    // what the driver hands over as text, of any length
    bool isBytes = false;   // or as bytes
    Reading reading = Reading::asIs;
};

// The thread of its connection; for the call it is handed to.
class Row {
public:
    Row(const QSqlQuery &query, const std::vector<Column> &columns) : m_query(query), m_columns(columns) {}
    [[nodiscard]] QVariant value(std::size_t column) const;
    [[nodiscard]] bool isNull(std::size_t column) const { return m_query.isNull(static_cast<int>(column)); }

private:
    const QSqlQuery &m_query;
    const std::vector<Column> &m_columns;
};

// The thread of a connection. Is handed the rows of one statement, one after another.
class RowReader {
public:
    virtual ~RowReader() = default;
    // Once, also when there are no rows. Again from the start when the statement is done anew.
    virtual void begin(const std::vector<Column> &columns) = 0;
    // False to get no more.
    virtual bool read(const Row &row) = 0;
};

// A part of the rows, which is all that the database sends. A statement that says itself how many it wants, or of which
// it is not known that it takes a LIMIT, is done whole, and its rows are skipped.
struct Page {
    std::uint64_t offset = 0;
    std::uint64_t rows = 0;
};

// What a statement did.
struct Outcome {
    bool hasRows = false;
    std::optional<std::uint64_t> affected; // rows changed, by a statement without rows
};

// Of the statement that has just been executed.
[[nodiscard]] std::vector<Column> columnsOf(const QSqlQuery &query, Engine engine);

// The column of the current row whose value the driver has lost; null when there is none.
[[nodiscard]] const Column *lostColumn(const QSqlQuery &query, const std::vector<Column> &columns);

// As PostgreSQL writes a date or time, as ISO 8601 has it: "2024-01-01T12:00:00.5+01:00". What is none stays.
[[nodiscard]] QString isoTime(QString text);

// Any thread, by value: values as text, null for NULL. Bytes are base64.
[[nodiscard]] std::optional<std::string> textOf(const QVariant &value);

} // namespace mainstay::databases
