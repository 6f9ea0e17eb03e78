// SPDX-License-Identifier: GPL-3.0-or-later
// The objects of a status as tables.
#pragma once

#include "cli/table.h"
#include "rpc/status_methods.h"

namespace mainstay::cli {

[[nodiscard]] Cell stateCell(const rpc::ServerStatus &server);
[[nodiscard]] Cell healthCell(rpc::ServerHealth health);

[[nodiscard]] Table listenerTable(const std::vector<rpc::ListenerStatus> &listeners);
[[nodiscard]] Table siteTable(const std::vector<rpc::SiteStatus> &sites);
[[nodiscard]] Table serverTable(const std::vector<rpc::BackendStatus> &backends, WallTime now);
[[nodiscard]] Table appTable(const std::vector<rpc::AppStatus> &apps, WallTime now);
[[nodiscard]] Table databaseTable(const std::vector<rpc::DatabaseStatus> &databases, WallTime now);
// Who uses the databases.
[[nodiscard]] Table poolTable(const std::vector<rpc::DatabaseStatus> &databases);
[[nodiscard]] Table zoneTable(const std::vector<rpc::ZoneStatus> &zones, WallTime now);

} // namespace mainstay::cli
