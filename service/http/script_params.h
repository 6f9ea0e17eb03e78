// SPDX-License-Identifier: GPL-3.0-or-later
// What a script is told of its request.
#pragma once

#include "http/exchange.h"
#include "http/script_path.h"

#include <cstddef>
#include <span>

namespace mainstay::http {

// Writes the request for the script, up to its body: FastCGI's BEGIN_REQUEST and PARAMS with the variables of CGI/1.1
// (RFC 3875 section 4.1). Of the client's fields those go along as HTTP_* whose names are letters, digits and dashes,
// since others read like them to a script ("X_Forwarded_For", and in PHP "X.Forwarded.For"), but for those of its
// connection, those a proxy speaks of it with, and Proxy, which programs take for a variable of their own. SERVER_NAME
// is what the client asked for, SERVER_PORT what it has connected to. Returns the size; 0 when it does not fit.
[[nodiscard]] std::size_t writeScriptRequest(const Exchange &exchange, const ScriptPath &script, std::span<char> out);

} // namespace mainstay::http
