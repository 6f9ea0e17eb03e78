// SPDX-License-Identifier: GPL-3.0-or-later
// The machine's own resolver.
#pragma once

#include "base/endpoint.h"

#include <optional>
#include <string>

namespace mainstay::control {

// Thread pool: blocks for as long as the resolver takes. The first address of the name; nothing when it has none.
[[nodiscard]] std::optional<IpAddress> lookUp(const std::string &host);

} // namespace mainstay::control
