// SPDX-License-Identifier: GPL-3.0-or-later
// What must hold within and between the routes of a site, and in what it has all of them say.
#pragma once

#include "config/configuration.h"
#include "schema/origins.h"

#include <string>

namespace mainstay::schema {

// Any thread. `sitePath`: "site.shop". Patterns are not compiled here.
void checkRoutes(const config::SiteConfig &site, const config::Configuration &configuration,
                 const std::string &sitePath, Findings &findings);

} // namespace mainstay::schema
