// SPDX-License-Identifier: GPL-3.0-or-later
// Answers the service gives by itself, and the parts all answers share.
#pragma once

#include "engine/task.h"
#include "http/exchange.h"
#include "wire/http1_writer.h"

#include <string_view>

namespace mainstay::http {

// Settles whether the connection stays open after this answer and writes the field that says so, if one is needed.
void writeConnection(wire::HeadWriter &head, Exchange &exchange, bool mayKeepAlive = true);

// A short answer, with the site's page for that error or one of its own. `extraField`: a whole line such as "Allow:
// GET, HEAD", or empty. It is the answer: nothing may have been sent for this exchange before.
engine::Task<> answerStatus(Exchange &exchange, unsigned status, std::string_view extraField = {});

// The same with somebody's own content, of that type unless the route's edits say otherwise.
engine::Task<> answerContent(Exchange &exchange, unsigned status, std::string_view mediaType, std::string_view text);

// What to answer when the body stopped before its end; 0 when there is nobody left to answer.
[[nodiscard]] unsigned statusFor(RequestBody::Status status) noexcept;

} // namespace mainstay::http
