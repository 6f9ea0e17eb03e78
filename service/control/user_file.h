// SPDX-License-Identifier: GPL-3.0-or-later
// Files of users and hashed passwords, as Apache's htpasswd keeps them.
#pragma once

#include "base/result.h"
#include "snapshot/user_table.h"

#include <cstddef>
#include <string>

namespace mainstay::control {

inline constexpr std::size_t kMaxUserFile = std::size_t{1} << 20;

// Any thread that may block on a disk, but not for long: it must be a plain file of at most kMaxUserFile bytes, with a
// line NAME:HASH for each user; empty lines and those that begin with "#" say nothing. Fails with "users.unreadable"
// or, naming the line, with "users.malformed".
[[nodiscard]] Result<snapshot::UserTable> readUserFile(const std::string &path);

} // namespace mainstay::control
