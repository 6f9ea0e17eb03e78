// SPDX-License-Identifier: GPL-3.0-or-later
// Apps with their instances, as the console lists them.
#pragma once

#include "models/cpu_usage.h"
#include "models/row.h"
#include "rpc/status_methods.h"

namespace mainstay::models {

[[nodiscard]] std::vector<Column> appColumns();
// A row for each app, keyed by its name, with a row below for each instance, keyed by its own.
[[nodiscard]] std::vector<Row> appRows(const rpc::Status &status, const CpuUsage &usage, WallTime now);

} // namespace mainstay::models
