// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/peer.h"

#include <algorithm>

namespace mainstay::control {

rpc::Access PeerPolicy::accessOf(const Peer &peer) const
{
    const auto isIn = [&](const std::optional<std::uint32_t> &group) {
        return group && std::find(peer.groups.begin(), peer.groups.end(), *group) != peer.groups.end();
    };
    if (peer.uid == 0 || peer.uid == serviceUid || isIn(changeGroup))
        return rpc::Access::change;
    return isIn(viewGroup) ? rpc::Access::look : rpc::Access::none;
}

Error accessDenied(const std::string &user, const rpc::MethodInfo &method)
{
    const bool changes = method.access == rpc::Access::change;
    const std::string group = changes ? kChangeGroup : kViewGroup;
    return {"rpc.access-denied",
            "user " + user + " may not " + (changes ? "change" : "look at") + " this service (" +
                std::string(method.name) + ")",
            "root may, and group " + group + ": sudo usermod -aG " + group + " " + user + ", then log in again"};
}

} // namespace mainstay::control
