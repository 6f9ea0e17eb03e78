// SPDX-License-Identifier: GPL-3.0-or-later
// The folder of a database's migrations: 001-what.sql, 002-more.sql, …
#pragma once

#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace mainstay::databases {

// Immutable.
struct MigrationFile {
    std::uint64_t number = 0;
    std::string name; // "001-what.sql"
    std::string text;
    std::string checksum; // SHA-256 in hexadecimal
};

// Any thread that may block on a disk. In the order of their numbers. Fails with "migration.unreadable",
// "migration.name" for a .sql file without a number, or "migration.same-number".
[[nodiscard]] Result<std::vector<MigrationFile>> readMigrations(const std::filesystem::path &folder);

} // namespace mainstay::databases
