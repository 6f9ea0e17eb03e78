// SPDX-License-Identifier: GPL-3.0-or-later
// Error pages of sites that are too large to be used.
#pragma once

#include "base/problem.h"
#include "config/configuration.h"
#include "schema/origins.h"

namespace mainstay::control {

// Thread pool: blocks on disk. A warning "site.large-error-page" for each page in a site's `error_pages` that has more
// bytes than are held in memory, with which clients get the service's own in its place.
[[nodiscard]] Problems findLargeErrorPages(const config::Configuration &configuration, const schema::Origins &origins);

} // namespace mainstay::control
