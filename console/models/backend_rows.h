// SPDX-License-Identifier: GPL-3.0-or-later
// Backends with their servers, as the console lists them.
#pragma once

#include "models/rates.h"
#include "models/row.h"
#include "rpc/status_methods.h"

#include <optional>

namespace mainstay::models {

[[nodiscard]] std::vector<Column> backendColumns();
// A row for each backend, keyed by its name, with a row below for each server, keyed by its own.
[[nodiscard]] std::vector<Row> backendRows(const rpc::Status &status, const std::optional<Rates> &rates, WallTime now);

} // namespace mainstay::models
