// SPDX-License-Identifier: GPL-3.0-or-later
// What must hold between the settings of a backend.
#pragma once

#include "config/configuration.h"
#include "schema/origins.h"

#include <string>

namespace mainstay::schema {

// Any thread. `path` is that of the backend.
void checkBackend(const config::BackendConfig &backend, const std::string &path, Findings &findings);

} // namespace mainstay::schema
