// SPDX-License-Identifier: GPL-3.0-or-later
// What must hold within and between the handlers of an app.
#pragma once

#include "config/app.h"
#include "schema/origins.h"
#include "schema/sql_tokens.h"

#include <string>

namespace mainstay::schema {

// Any thread. `list` is the path of the handlers: "app.shop.handler".
void checkHandlers(const config::AppConfig &app, SqlDialect dialect, const std::string &list, Findings &findings);

} // namespace mainstay::schema
