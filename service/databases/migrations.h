// SPDX-License-Identifier: GPL-3.0-or-later
// Brings a database up to its migrations: each once, in order, by one program at a time.
#pragma once

#include "databases/connection.h"
#include "databases/migration_files.h"

#include <cstdint>
#include <vector>

namespace mainstay::databases {

struct MigrationState {
    std::uint32_t applied = 0;
    std::uint32_t pending = 0;
};

// What came of it: how far it is, and what stopped it.
struct MigrationOutcome {
    MigrationState state;
    Result<> done;
};

// The thread of the connection. Under a lock of the database, so that programs that start together do not meet. Done
// ones stand in the table `mainstay_migrations` with their checksums. Fails with "migration.changed" or
// "migration.missing", naming the file, when what was done is not what the folder says, "migration.out-of-order" for a
// new file that should have come earlier, and "migration.failed" naming file, line and reason; on SQLite and PostgreSQL
// nothing of that file is left; on MySQL and MariaDB the message says which of its statements are done, and the file
// fails with "migration.broken-off", which says so too, until it was changed or its row in `mainstay_migrations_begun`
// is gone.
[[nodiscard]] MigrationOutcome migrate(Connection &connection, const std::vector<MigrationFile> &files);

} // namespace mainstay::databases
