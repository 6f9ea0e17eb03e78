// SPDX-License-Identifier: GPL-3.0-or-later
// Requests to routes with a cache.
#pragma once

#include "engine/task.h"
#include "http/exchange.h"
#include "http/script_path.h"

#include <optional>

namespace mainstay::http {

// Worker thread. Answers the exchange, whose route has a cache, from there, or by a server: then the answer is kept if
// it may be. One request is sent for all that ask for the same meanwhile, by whichever worker; the others wait for it,
// as long as the cache says. `script`: for a backend that speaks FastCGI.
engine::Task<> answerThroughCache(Exchange &exchange, std::optional<ScriptPath> script);

} // namespace mainstay::http
