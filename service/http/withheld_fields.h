// SPDX-License-Identifier: GPL-3.0-or-later
// What a server gets from the guards of a route, and what it does not get from the client for that.
#pragma once

#include "http/exchange.h"
#include "wire/http1_writer.h"

#include <string_view>

namespace mainstay::http {

// Whether the names differ in case, and in "-" and "_", alone: CGI and its heirs make one variable of both (RFC 3875
// section 4.1.18).
[[nodiscard]] bool isSameVariable(std::string_view left, std::string_view right) noexcept;

// Worker thread. Whether a field of the request is not for servers: it says what only a guard may say, or has a
// password that a guard has looked at. Names that differ in "-" and "_" alone are the same to many programs, and here.
[[nodiscard]] bool isWithheld(const Exchange &exchange, std::string_view name) noexcept;
// Worker thread. Writes what the guards have to say.
void writeAdmission(wire::HeadWriter &head, const Exchange &exchange);

} // namespace mainstay::http
