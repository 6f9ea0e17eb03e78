// SPDX-License-Identifier: GPL-3.0-or-later
// Bodies that are all there before a server is chosen.
#pragma once

#include "engine/task.h"
#include "http/exchange.h"

namespace mainstay::http {

// Whether that is so for this exchange, whose route has a backend, and there is something to wait for. Then the body
// has a length in the end, however it comes.
[[nodiscard]] bool gathersBody(const Exchange &exchange);

// A program may be able to work on few requests at a time: none of them is to wait for a client that sends slowly. What
// has been gathered can be sent once more, too. The route is what it is by then. False when the exchange has been
// answered, or the client is gone.
engine::Task<bool> gatherBody(Exchange &exchange);

} // namespace mainstay::http
