// SPDX-License-Identifier: GPL-3.0-or-later
// What a server is told of the client before all else, in the PROXY protocol.
#pragma once

#include "http/exchange.h"
#include "snapshot/backend.h"
#include "wire/proxy_header.h"

#include <optional>

namespace mainstay::http {

// Worker thread. Nothing where the backend does not want it.
[[nodiscard]] std::optional<wire::ProxyHeaderText> greetingFor(const Exchange &exchange,
                                                               const config::BackendConfig &backend);
// For a connection that is for no client.
[[nodiscard]] std::optional<wire::ProxyHeaderText> ownGreeting(const config::BackendConfig &backend);

} // namespace mainstay::http
