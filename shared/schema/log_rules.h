// SPDX-License-Identifier: GPL-3.0-or-later
// What must hold within and between the logs of requests.
#pragma once

#include "config/configuration.h"
#include "schema/origins.h"

namespace mainstay::schema {

// Any thread.
void checkLogs(const config::Configuration &configuration, Findings &findings);

} // namespace mainstay::schema
