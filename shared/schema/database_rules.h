// SPDX-License-Identifier: GPL-3.0-or-later
// What must hold within a database's settings.
#pragma once

#include "config/database.h"
#include "schema/origins.h"

#include <string>

namespace mainstay::schema {

// Any thread. Each driver has what it needs, and nothing that it would not look at.
void checkDatabase(const config::DatabaseConfig &database, const std::string &path, Findings &findings);

} // namespace mainstay::schema
