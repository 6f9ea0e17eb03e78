// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/identity.h"

#include <grp.h>
#include <pwd.h>

namespace mainstay::guard {

std::optional<Identity> lookUpUser(const std::string &name)
{
    const passwd *entry = ::getpwnam(name.c_str());
    if (!entry)
        return std::nullopt;
    Identity identity{entry->pw_name, entry->pw_dir, entry->pw_uid, entry->pw_gid, {}};
    int count = 16;
    identity.groups.resize(static_cast<std::size_t>(count));
    while (::getgrouplist(identity.name.c_str(), identity.group, identity.groups.data(), &count) < 0)
        identity.groups.resize(static_cast<std::size_t>(count));
    identity.groups.resize(static_cast<std::size_t>(count));
    return identity;
}

} // namespace mainstay::guard
