// SPDX-License-Identifier: GPL-3.0-or-later
// Answers from the files of a folder.
#pragma once

#include "engine/task.h"
#include "http/exchange.h"

namespace mainstay::http {

// Answers the exchange, whose route has a root: GET and HEAD, conditions (RFC 9110 section 13) and one range
// (section 14). Names that begin with a dot are not there, but for /.well-known/ (RFC 8615).
engine::Task<> answerFile(Exchange &exchange);

} // namespace mainstay::http
