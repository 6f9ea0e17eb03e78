// SPDX-License-Identifier: GPL-3.0-or-later
// What stands between a request's route and the route's action, in this order: networks, rates, preflight requests,
// requests under way, passwords, an authority.
#pragma once

#include "engine/task.h"
#include "http/exchange.h"

namespace mainstay::http {

// Worker thread. Whether the exchange, whose route has guards, may go on. False when it has been answered instead. What
// cannot be found out is a no.
engine::Task<bool> admit(Exchange &exchange);

} // namespace mainstay::http
