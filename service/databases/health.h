// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a database answers, and what it is.
#pragma once

#include "databases/pool.h"

#include <cstdint>
#include <functional>
#include <string>

namespace mainstay::databases {

struct Health {
    std::string version;    // of the server
    std::uint64_t file = 0; // see Connection::fileNumber()
    std::string readOnly;   // what lets it be written to, where it can only be read
};

// Any thread. `done` on a thread of the pool: what it is, or why it does not answer; "database.busy" says nothing of
// the database. Tries to connect even where the pool would wait.
void checkHealth(Pool &pool, std::function<void(Result<Health>)> done);

} // namespace mainstay::databases
