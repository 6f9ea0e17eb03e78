// SPDX-License-Identifier: GPL-3.0-or-later
// What must hold within and between the routes of a site.
#pragma once

#include "config/configuration.h"
#include "schema/origins.h"

#include <string>

namespace mainstay::schema {

// Any thread. `list` is the path of the routes: "site.shop.route". Patterns are not compiled here.
void checkRoutes(const config::SiteConfig &site, const config::Configuration &configuration, const std::string &list,
                 Findings &findings);

} // namespace mainstay::schema
