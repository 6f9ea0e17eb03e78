// SPDX-License-Identifier: GPL-3.0-or-later
// Apps that cannot be started as this machine is: what they need of it is missing, or closed to their user.
#pragma once

#include "base/problem.h"
#include "config/configuration.h"
#include "schema/origins.h"

namespace mainstay::control {

// Any thread that may block on a disk. Errors "app.…" with the setting each is about.
[[nodiscard]] Problems findUnusableApps(const config::Configuration &configuration, const schema::Origins &origins);

} // namespace mainstay::control
