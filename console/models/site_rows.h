// SPDX-License-Identifier: GPL-3.0-or-later
// Sites with their routes, and the listeners they are reached on, as the console lists them.
#pragma once

#include "models/rates.h"
#include "models/row.h"
#include "rpc/status_methods.h"

#include <QJsonValue>

#include <optional>

namespace mainstay::models {

[[nodiscard]] std::vector<Column> siteColumns();
// A row for each site, keyed by its name, with a row below for each route. `config` is all objects by kind and name, as
// the service tells its configuration; null while it is not known.
[[nodiscard]] std::vector<Row> siteRows(const rpc::Status &status, const std::optional<Rates> &rates,
                                        const QJsonValue &config);

[[nodiscard]] std::vector<Column> listenerColumns();
[[nodiscard]] std::vector<Row> listenerRows(const rpc::Status &status);

} // namespace mainstay::models
