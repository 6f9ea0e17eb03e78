// SPDX-License-Identifier: GPL-3.0-or-later
// What a server is told of the client before all else, in the PROXY protocol.
#pragma once

#include "http/exchange.h"
#include "snapshot/backend.h"
#include "wire/proxy_header.h"

#include <optional>
#include <string_view>

namespace mainstay::http {

// Worker thread. Nothing where the backend does not want it.
using UpstreamGreeting = std::optional<wire::ProxyHeaderText>;

[[nodiscard]] UpstreamGreeting greetingFor(const Exchange &exchange, const config::BackendConfig &backend);
// For a connection that is for no client.
[[nodiscard]] UpstreamGreeting ownGreeting(const config::BackendConfig &backend);

// As startConnecting() wants it; valid as long as the greeting.
[[nodiscard]] inline std::string_view viewOf(const UpstreamGreeting &greeting) noexcept
{
    return greeting ? greeting->view() : std::string_view();
}

} // namespace mainstay::http
