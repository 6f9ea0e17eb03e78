// SPDX-License-Identifier: GPL-3.0-or-later
// One statement of an administrator, with its rows as text.
#pragma once

#include "databases/connection.h"
#include "rpc/database_methods.h"

namespace mainstay::databases {

// The thread of the connection, which is spent after writing: nobody knows what the statement set on it. Long values,
// and more rows than asked for or than fit an answer, are cut off and told. Fails as Connection::execute() does.
[[nodiscard]] Result<rpc::QueryResult> consoleQuery(Connection &connection, const rpc::QueryDatabase &query);

} // namespace mainstay::databases
