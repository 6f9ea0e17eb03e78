// SPDX-License-Identifier: GPL-3.0-or-later
// Writes down a request that is over, in the logs of its site.
#pragma once

#include "base/clock.h"
#include "http/exchange.h"

#include <string_view>

namespace mainstay::http {

// Worker thread. `received`: what came from the client and is not taken: where that was no request, its first
// line is written.
void logRequest(Exchange &exchange, std::string_view received, SteadyTime end);

} // namespace mainstay::http
