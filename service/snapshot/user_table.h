// SPDX-License-Identifier: GPL-3.0-or-later
// Who may sign in, and what their passwords become when they are hashed.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace mainstay::snapshot {

// Immutable. By name; the hashes as crypt(5) writes them, each of a kind that crypt(3) knows.
struct UserTable {
    std::map<std::string, std::string, std::less<>> hashes;

    friend bool operator==(const UserTable &, const UserTable &) = default;
};

} // namespace mainstay::snapshot
