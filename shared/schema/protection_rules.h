// SPDX-License-Identifier: GPL-3.0-or-later
// What must hold between the settings that protect a site or a route.
#pragma once

#include "config/configuration.h"
#include "schema/origins.h"

#include <string>

namespace mainstay::schema {

// Any thread. `path` is that of the site or route.
void checkProtection(const config::Protection &rules, const config::Configuration &configuration,
                     const std::string &path, Findings &findings);

} // namespace mainstay::schema
