// SPDX-License-Identifier: GPL-3.0-or-later
// How often clients may ask.
#pragma once

#include "http/exchange.h"

#include <chrono>
#include <string>

namespace mainstay::http {

// Worker thread. Counts the request, whose route has guards, against each of its limits. Zero, or how long it is until
// it would be within them.
[[nodiscard]] std::chrono::nanoseconds countRequest(Exchange &exchange);
// "Retry-After: 3".
[[nodiscard]] std::string retryAfter(std::chrono::nanoseconds wait);

} // namespace mainstay::http
