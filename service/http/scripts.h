// SPDX-License-Identifier: GPL-3.0-or-later
// Answers from a folder with scripts, which an application runs for us.
#pragma once

#include "engine/task.h"
#include "http/exchange.h"

namespace mainstay::http {

// Answers the exchange, whose route has a root and a backend that speaks FastCGI: by a script or, where chooseScript()
// says so, by a file. A body without a length is answered with 411 unless it is gathered, or came whole together with
// its head: scripts are told the length before the body (RFC 3875 section 4.1.2).
engine::Task<> answerScript(Exchange &exchange);

} // namespace mainstay::http
