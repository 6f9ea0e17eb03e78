// SPDX-License-Identifier: GPL-3.0-or-later
// Passes a request on to a server of the route's backend, and the answer back.
#pragma once

#include "engine/task.h"
#include "http/exchange.h"
#include "http/script_path.h"

#include <optional>

namespace mainstay::http {

// Answers the exchange, whose route has a backend. Streams both ways at once with one buffer each. What got no answer
// is tried on another server when that cannot do harm: when the connection failed, or when the method is idempotent
// (RFC 9110 section 9.2.2) and its body is still at hand, as one is that was gathered.
engine::Task<> forward(Exchange &exchange);
// With a cache of the route's, what that has kept answers instead where it may.
// The same for the script, whose backend speaks FastCGI.
engine::Task<> forwardToScript(Exchange &exchange, ScriptPath script);
// Either of them, past the cache.
engine::Task<> passOn(Exchange &exchange, std::optional<ScriptPath> script);

} // namespace mainstay::http
