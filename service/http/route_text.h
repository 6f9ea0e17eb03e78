// SPDX-License-Identifier: GPL-3.0-or-later
// Texts of the configuration with placeholders, filled in from a request.
#pragma once

#include "http/exchange.h"

#include <string>
#include <string_view>

namespace mainstay::http {

// How the decoded path, and what a pattern matched of it, is spelt.
enum class Spelling : std::uint8_t {
    url,   // percent-encoded, so that it ends neither a line nor a part of a URL
    plain, // as it is
};

// Worker thread. Of an exchange that has a route. {scheme}, {host} without port, {path}, {query}, {uri}, {client},
// {client_subject}, {client_serial} and {client_fingerprint} of its certificate, {user}, {request_id}, and {1} to {9}
// for groups of the route's pattern; what is unknown stays as it is.
[[nodiscard]] std::string routeText(const Exchange &exchange, std::string_view text, Spelling spelling);

} // namespace mainstay::http
