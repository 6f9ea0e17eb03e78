// SPDX-License-Identifier: GPL-3.0-or-later
// Every method of the management protocol.
#pragma once

#include "rpc/app_methods.h"
#include "rpc/cache_methods.h"
#include "rpc/config_methods.h"
#include "rpc/database_methods.h"
#include "rpc/discover_methods.h"
#include "rpc/log_methods.h"
#include "rpc/metrics_methods.h"
#include "rpc/server_methods.h"
#include "rpc/status_methods.h"

#include <tuple>

namespace mainstay::rpc {

using AllMethods =
    std::tuple<GetStatus, GetMetrics, SubscribeMetrics, GetConfig, CheckConfig, DiffConfig, ApplyConfig, ConfirmConfig,
               ListRevisions, RollBackConfig, SetServerState, SetServerWeight, ClearServerOverride, RestartApp,
               QueryDatabase, TailLog, ReopenLogs, ListCaches, PurgeCache, Discover, Unsubscribe>;

} // namespace mainstay::rpc
