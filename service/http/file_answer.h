// SPDX-License-Identifier: GPL-3.0-or-later
// Sends a file: whole, the parts asked for, or that it has not changed.
#pragma once

#include "engine/task.h"
#include "http/exchange.h"
#include "http/file_choice.h"

namespace mainstay::http {

// Worker thread. Answers GET and HEAD: conditions (RFC 9110 section 13), then ranges (section 14), several as
// multipart/byteranges. A file that is cut short meanwhile ends the connection.
engine::Task<> sendFile(Exchange &exchange, FileChoice choice);

} // namespace mainstay::http
