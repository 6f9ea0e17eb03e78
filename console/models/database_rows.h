// SPDX-License-Identifier: GPL-3.0-or-later
// Databases with the pools of those who use them, as the console lists them.
#pragma once

#include "models/row.h"
#include "rpc/status_methods.h"

namespace mainstay::models {

[[nodiscard]] std::vector<Column> databaseColumns();
// A row for each database, keyed by its name, with a row below for each pool, keyed by its user.
[[nodiscard]] std::vector<Row> databaseRows(const rpc::Status &status, WallTime now);

} // namespace mainstay::models
