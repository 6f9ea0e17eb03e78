// SPDX-License-Identifier: GPL-3.0-or-later
// Passwords against what they become when they are hashed.
#pragma once

#include <string>

namespace mainstay::http {

// Any thread. Whether it is a hash that verifyPassword() knows, and that does not take it seconds: bcrypt to a cost of
// 14, SHA-crypt to a million rounds, yescrypt as Debian's tools make it.
[[nodiscard]] bool isUsableHash(const std::string &hash);

// Any thread but a worker's: it takes from milliseconds to a second, and the same for each password.
[[nodiscard]] bool verifyPassword(const std::string &password, const std::string &hash);

} // namespace mainstay::http
