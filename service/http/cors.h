// SPDX-License-Identifier: GPL-3.0-or-later
// Sharing of answers with pages of other origins (CORS, https://fetch.spec.whatwg.org section 3.2).
#pragma once

#include "engine/task.h"
#include "http/exchange.h"

#include <string_view>

namespace mainstay::http {

// Worker thread. Each of an exchange whose route has guards.

// Settles what its answers say of it, where the route shares them.
void share(Exchange &exchange);
// Whether a browser asks by it if it may ask.
[[nodiscard]] bool isPreflight(const Exchange &exchange);
engine::Task<> answerPreflight(Exchange &exchange);

// Whether an origin is the one of the configuration: "https://app.example.org", "https://*.example.org", "*".
[[nodiscard]] bool matchesOrigin(std::string_view pattern, std::string_view origin) noexcept;

} // namespace mainstay::http
