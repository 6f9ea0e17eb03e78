// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a database answers, and what it is.
#pragma once

#include "databases/pool.h"

#include <functional>
#include <string>

namespace mainstay::databases {

// Any thread. `done` on a thread of the pool: the server's version, or why it does not answer. Tries to connect even
// where the pool would wait.
void checkHealth(Pool &pool, std::function<void(Result<std::string>)> done);

} // namespace mainstay::databases
