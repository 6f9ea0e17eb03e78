// SPDX-License-Identifier: GPL-3.0-or-later
// The address of a name from DNS servers of one's own choice.
#pragma once

#include "base/endpoint.h"

#include <optional>
#include <span>
#include <string>

namespace mainstay::control {

// Thread pool: blocks for some seconds at the most. Asks over UDP, the servers one after another until one can tell,
// and for an IPv4 address first. Of several it is the one in use, if that is among them, or else the first. Nothing
// when the name has no address, or nobody answers.
[[nodiscard]] std::optional<IpAddress> queryAddress(const std::string &host, std::span<const Endpoint> resolvers,
                                                    const std::optional<IpAddress> &inUse);

} // namespace mainstay::control
