// SPDX-License-Identifier: GPL-3.0-or-later
// Who is at the other end of the management socket, and what they may do.
#pragma once

#include "base/result.h"
#include "rpc/method.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mainstay::control {

// Members of the first may change, members of the second may look.
inline constexpr char kChangeGroup[] = "mainstay";
inline constexpr char kViewGroup[] = "mainstay-view";

// Immutable. The process that connected, as the kernel knew it then.
struct Peer {
    std::uint32_t uid = 0;
    std::vector<std::uint32_t> groups; // the primary one included
    std::int64_t pid = 0;
};

// Immutable. A group that does not exist on this machine lets nobody in.
struct PeerPolicy {
    std::uint32_t serviceUid = 0;
    std::optional<std::uint32_t> changeGroup;
    std::optional<std::uint32_t> viewGroup;

    [[nodiscard]] rpc::Access accessOf(const Peer &peer) const;
};

// "rpc.access-denied", telling which group would help.
[[nodiscard]] Error accessDenied(const std::string &user, const rpc::MethodInfo &method);

// The peer of a connected local socket. Fails with "peer.unknown".
[[nodiscard]] Result<Peer> peerOf(int socket);
// Of this machine's groups and this process's user.
[[nodiscard]] PeerPolicy localPeerPolicy();
// The login name, or the number where it has none.
[[nodiscard]] std::string userName(std::uint32_t uid);

} // namespace mainstay::control
