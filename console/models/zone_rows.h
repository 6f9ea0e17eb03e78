// SPDX-License-Identifier: GPL-3.0-or-later
// DNS zones with what is wrong with them, as the console lists them.
#pragma once

#include "models/rates.h"
#include "models/row.h"
#include "rpc/status_methods.h"

#include <optional>

namespace mainstay::models {

[[nodiscard]] std::vector<Column> zoneColumns();
// A row for each zone, keyed by its name, with a row below for each problem of its file.
[[nodiscard]] std::vector<Row> zoneRows(const rpc::Status &status, const std::optional<Rates> &rates, WallTime now);

} // namespace mainstay::models
