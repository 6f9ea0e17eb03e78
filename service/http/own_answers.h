// SPDX-License-Identifier: GPL-3.0-or-later
// What the configuration alone answers, and where it sends requests instead.
#pragma once

#include "engine/task.h"
#include "http/exchange.h"

namespace mainstay::http {

// Worker thread.
// Redirects, or answers with a text or a status, as the exchange's route says, which answers by itself.
engine::Task<> answerOwn(Exchange &exchange);
// To the same URL with HTTPS. The site is known, its route not yet.
engine::Task<> redirectToHttps(Exchange &exchange);

// Puts the route's other path, and query where it has one, in the place of what was asked for. False when that is no
// path.
[[nodiscard]] bool rewrite(Exchange &exchange);

} // namespace mainstay::http
