// SPDX-License-Identifier: GPL-3.0-or-later
// The machine's own resolver.
#pragma once

#include "base/clock.h"
#include "base/endpoint.h"

#include <map>
#include <set>
#include <string>

namespace mainstay::control {

// Thread pool: blocks until all names are looked up, several at a time, or `limit` has passed. The first address of
// each; names that have none, or whose resolver is silent for so long, are left out.
[[nodiscard]] std::map<std::string, IpAddress> lookUp(const std::set<std::string> &hosts, Milliseconds limit);

} // namespace mainstay::control
