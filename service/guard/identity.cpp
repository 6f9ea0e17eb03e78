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

Result<std::optional<Identity>> chooseAppIdentity(uid_t self, const std::string &user, const UserLookup &lookUp)
{
    auto chosen = chooseIdentity(self, user, lookUp);
    if (chosen)
        return chosen;
    const std::string code = chosen.error().code;
    if (code == "user.unknown")
        return fail(code, "there is no user \"" + user + "\"", "create it, or name another as `user` of the app");
    if (code == "user.is-root")
        return fail(code, "user \"" + user + "\" is root, as which no app is run", "name an unprivileged user");
    return fail(code, "only a service that was started as root can run an app as user \"" + user + "\"",
                "leave `user` of the app out, or start mainstayd as root");
}

} // namespace mainstay::guard
