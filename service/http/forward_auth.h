// SPDX-License-Identifier: GPL-3.0-or-later
// Asks an authority behind the service whether a request may go on.
#pragma once

#include "engine/task.h"
#include "http/exchange.h"

namespace mainstay::http {

// Worker thread. Sends the authority of the exchange's route a request without a body, with what it is to know of this
// one. True after a 2xx, of which the admission then has the fields that servers are to get. Any other answer is the
// client's; without one that is 502, 503 or 504, and never a yes.
engine::Task<bool> askAuthority(Exchange &exchange);

} // namespace mainstay::http
