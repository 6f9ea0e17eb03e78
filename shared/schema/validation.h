// SPDX-License-Identifier: GPL-3.0-or-later
// What must hold between settings and between objects.
#pragma once

#include "config/configuration.h"
#include "schema/origins.h"

namespace mainstay::schema {

// Partial when a file could not be read: objects may then be missing through no fault of those that name them.
enum class Completeness : std::uint8_t { whole, partial };

// Any thread. Adds every violation. Looks up no name and no file.
void validate(const config::Configuration &configuration, Completeness completeness, Findings &findings);

} // namespace mainstay::schema
