// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/identity.h"

namespace mainstay::guard {

Result<std::optional<Identity>> chooseIdentity(uid_t self, const std::optional<std::string> &requested,
                                               const UserLookup &lookUp)
{
    if (!requested) {
        if (self == 0)
            return fail("guard.is-root", "mainstay-core is never run as root",
                        "name the unprivileged user it is to run as with --user NAME");
        return std::nullopt;
    }
    auto identity = lookUp(*requested);
    if (!identity)
        return fail("user.unknown", "--user: there is no user \"" + *requested + "\"",
                    "create it (adduser --system --group " + *requested + ") or name another");
    if (identity->user == 0)
        return fail("user.is-root", "--user: \"" + *requested + "\" is root, and mainstay-core is never run as root",
                    "name an unprivileged user");
    if (identity->user == self)
        return std::nullopt;
    if (self != 0)
        return fail("user.not-permitted", "--user: only root can start mainstay-core as \"" + *requested + "\"",
                    "leave --user out, or start mainstayd as root");
    return identity;
}

} // namespace mainstay::guard
