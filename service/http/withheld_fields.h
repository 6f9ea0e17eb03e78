// SPDX-License-Identifier: GPL-3.0-or-later
// What a server gets from the guards of a route, and what it does not get from the client for that.
#pragma once

#include "http/exchange.h"
#include "wire/http1_writer.h"

#include <string_view>

namespace mainstay::http {

// Worker thread. Whether a field of the request is not for servers: it says what only a guard may say, or has a
// password that a guard has looked at. Names that differ in "-" and "_" alone are the same to many programs, and here.
[[nodiscard]] bool isWithheld(const Exchange &exchange, std::string_view name) noexcept;
// Worker thread. Writes what the guards have to say.
void writeAdmission(wire::HeadWriter &head, const Exchange &exchange);

} // namespace mainstay::http
