// SPDX-License-Identifier: GPL-3.0-or-later
// Peers by SO_PEERCRED and SO_PEERGROUPS (unix(7)).
#include "control/peer.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mainstay::control {

namespace {

// Enough for an entry of the user or group database; a larger one counts as missing.
using DatabaseBuffer = std::array<char, 64 * 1024>;

std::optional<std::uint32_t> groupNamed(const char *name)
{
    DatabaseBuffer buffer;
    group entry{};
    group *found = nullptr;
    getgrnam_r(name, &entry, buffer.data(), buffer.size(), &found);
    return found == nullptr ? std::nullopt : std::optional<std::uint32_t>(found->gr_gid);
}

// None where the kernel is too old to tell; the primary group still counts then.
std::vector<std::uint32_t> supplementaryGroups(int socket)
{
    std::vector<std::uint32_t> groups(64);
    for (;;) {
        const auto room = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
        socklen_t length = room;
        if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &length) == 0) {
            groups.resize(length / sizeof(gid_t));
            return groups;
        }
        if (errno != ERANGE || length <= room)
            return {};
        groups.resize(length / sizeof(gid_t));
    }
}

} // namespace

Result<Peer> peerOf(int socket)
{
    ucred credentials{};
    socklen_t length = sizeof(credentials);
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0)
        return fail("peer.unknown", std::string("the kernel does not say who connected to the management socket: ") +
                                        std::strerror(errno));
    Peer peer{credentials.uid, supplementaryGroups(socket), credentials.pid};
    peer.groups.push_back(credentials.gid);
    return peer;
}

PeerPolicy localPeerPolicy()
{
    return {geteuid(), groupNamed(kChangeGroup), groupNamed(kViewGroup)};
}

std::string userName(std::uint32_t uid)
{
    DatabaseBuffer buffer;
    passwd entry{};
    passwd *found = nullptr;
    getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
    return found == nullptr ? std::to_string(uid) : found->pw_name;
}

} // namespace mainstay::control
