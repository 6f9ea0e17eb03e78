// SPDX-License-Identifier: GPL-3.0-or-later
// All that is wrong with the service now, each with its place and what to do.
#pragma once

#include "models/row.h"
#include "rpc/status_methods.h"

namespace mainstay::models {

[[nodiscard]] std::vector<Column> problemColumns();
// The service's problems, those of its zones, and the files that differ from what runs; none of them twice.
[[nodiscard]] std::vector<Row> problemRows(const rpc::Status &status);
// Whether one of them is worse than a warning.
[[nodiscard]] bool isBad(const std::vector<Row> &problems);

} // namespace mainstay::models
