// SPDX-License-Identifier: GPL-3.0-or-later
// Names to addresses, by the machine's own resolver or by others.
#pragma once

#include "base/clock.h"
#include "base/endpoint.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace mainstay::control {

// Thread pool: blocks until all names are looked up, several at a time, or `limit` has passed. An address of each: the
// one in use, as long as the name has it, whatever the order in which resolvers list them, or else the first. Names
// that have none, or whose resolver is silent for so long, are left out. `resolvers`: who is asked in the place of the
// machine's; empty for that.
[[nodiscard]] std::map<std::string, IpAddress> lookUp(const std::set<std::string> &hosts, Milliseconds limit,
                                                      const std::vector<Endpoint> &resolvers,
                                                      const std::map<std::string, IpAddress> &inUse);

} // namespace mainstay::control
