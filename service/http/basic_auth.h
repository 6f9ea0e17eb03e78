// SPDX-License-Identifier: GPL-3.0-or-later
// Users and passwords (RFC 7617).
#pragma once

#include "engine/task.h"
#include "http/exchange.h"

namespace mainstay::http {

// Worker thread. Whether the request, whose route has users, comes from one of them, who is then the admission's user.
// False when it has been answered: with 401, with 429 after too many wrong passwords from one client, or with 503 while
// nobody can tell.
engine::Task<bool> authenticate(Exchange &exchange);

} // namespace mainstay::http
