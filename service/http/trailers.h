// SPDX-License-Identifier: GPL-3.0-or-later
// Trailer sections on their way through (RFC 9110 section 6.5).
#pragma once

#include "http/exchange.h"

#include <string>
#include <string_view>

namespace mainstay::http {

// Worker thread. Of `lines`, each "Name: value" with its CRLF, those that a server may be sent: none that would mean
// something in a head, to who puts the two together.
[[nodiscard]] std::string trailersForServer(const Exchange &exchange, std::string_view lines);
// The same for the client; empty when it does not take any.
[[nodiscard]] std::string trailersForClient(const Exchange &exchange, std::string_view lines);

// Whether the client has said that it takes them.
[[nodiscard]] bool asksForTrailers(const Exchange &exchange) noexcept;

} // namespace mainstay::http
