// SPDX-License-Identifier: GPL-3.0-or-later
// As which user children run. Never as root.
#pragma once

#include "base/result.h"

#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace mainstay::guard {

// Immutable. A user of the system.
struct Identity {
    std::string name;
    std::string home;
    uid_t user = 0;
    gid_t group = 0;
    std::vector<gid_t> groups; // all of them, `group` included
};

// Nothing when there is no such user.
using UserLookup = std::function<std::optional<Identity>(const std::string &name)>;
std::optional<Identity> lookUpUser(const std::string &name);

// The user that children change to, or nothing when they run as the guard does. `self` is the guard's own user,
// `requested` the name of --user. Fails with "guard.is-root", "user.unknown", "user.is-root" or
// "user.not-permitted".
Result<std::optional<Identity>> chooseIdentity(uid_t self, const std::optional<std::string> &requested,
                                               const UserLookup &lookUp);
// The same of an app that names `user`, and in its words.
Result<std::optional<Identity>> chooseAppIdentity(uid_t self, const std::string &user, const UserLookup &lookUp);

} // namespace mainstay::guard
