// SPDX-License-Identifier: GPL-3.0-or-later
// Answers from the files of a folder.
#pragma once

#include "engine/task.h"
#include "http/exchange.h"

namespace mainstay::http {

// Worker thread. Answers the exchange, whose route has a root, to GET and HEAD: with the file that chooseFile() finds,
// a folder's index, or what is in the folder where that is allowed. Names that begin with a dot are not there, but for
// /.well-known/ (RFC 8615).
engine::Task<> answerFile(Exchange &exchange);

} // namespace mainstay::http
