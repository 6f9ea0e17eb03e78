// SPDX-License-Identifier: GPL-3.0-or-later
// Answers that tell of an error, as JSON: {"error": "…", "code": "…", "parameter": "…"}.
#pragma once

#include "apphost/message.h"
#include "apphost/parameters.h"
#include "base/result.h"

#include <string>
#include <string_view>

namespace mainstay::apphost {

[[nodiscard]] Response errorAnswer(int status, std::string_view code, std::string_view message,
                                   std::string_view parameter = {});
[[nodiscard]] Response badRequest(const BadParameter &bad);
// What a client may know of a database's error: its kind, and whether to try again. The rest is for the log.
[[nodiscard]] Response databaseAnswer(const Error &error);

// What a plugin answers, without the headers that frame a message. Fails with "plugin.answer" for a status, a name or a
// value that HTTP does not know: a line break in one would write headers of its own.
[[nodiscard]] Result<Response> checkedAnswer(Response response);

} // namespace mainstay::apphost
