// SPDX-License-Identifier: GPL-3.0-or-later
// What a driver's error means to whoever asked.
#pragma once

#include "base/result.h"
#include "databases/engine.h"

#include <QSqlError>

#include <cstdint>

namespace mainstay::databases {

enum class FailureKind : std::uint8_t {
    statement,  // the database does not understand it, or what it names is not there
    value,      // a value does not fit
    constraint, // a rule of the database forbids it
    readOnly,   // it would change something
    locked,     // another one holds what it needs
    timeout,    // took too long
    lost,       // the connection
    full,       // no room on the disk
    damaged,    // what the database's file holds is not what it should
};

// Any thread.
[[nodiscard]] FailureKind kindOf(const QSqlError &error, Engine engine);

// Whether the server hangs up after it, though the connection is not what was wrong.
[[nodiscard]] bool endsConnection(const QSqlError &error, Engine engine);

// "database.timeout" and so on: what programs compare.
[[nodiscard]] const char *codeOf(FailureKind kind);

// Whether what was asked may work in a while, without anybody changing anything.
[[nodiscard]] bool isTemporary(const Error &error);

} // namespace mainstay::databases
