// SPDX-License-Identifier: GPL-3.0-or-later
// One name for a request, by which logs of several programs can be put together.
#pragma once

#include "http/exchange.h"

namespace mainstay::http {

// Worker thread. The one that a trusted proxy has given, or else one made up: 32 hexadecimal digits.
void giveRequestId(Exchange &exchange);

} // namespace mainstay::http
