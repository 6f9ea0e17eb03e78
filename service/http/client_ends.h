// SPDX-License-Identifier: GPL-3.0-or-later
// Between whom a client's connection is.
#pragma once

#include "base/endpoint.h"

#include <optional>

namespace mainstay::http {

// Immutable. As the sockets have it, or as a proxy says in the PROXY protocol.
struct ClientEnds {
    Endpoint client;
    std::optional<Endpoint> service; // what it has connected to, where a proxy says so
};

} // namespace mainstay::http
