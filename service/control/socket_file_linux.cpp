// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/socket_file.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace mainstay::control {

Result<> vacateSocketPath(const std::string &path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    // The server binds within a temporary folder beside the path first, whose name is a little longer.
    constexpr std::size_t kLongest = sizeof(address.sun_path) - 16;
    if (path.size() >= kLongest)
        return fail("management.unusable-path",
                    "the path of the management socket is longer than " + std::to_string(kLongest) + " bytes: " + path,
                    "choose a shorter run-time folder");
    struct stat file {};
    if (lstat(path.c_str(), &file) != 0)
        return {};
    if (!S_ISSOCK(file.st_mode))
        return fail("management.unusable-path", path + " is in the way: it is not a socket", "move it away");

    std::memcpy(address.sun_path, path.data(), path.size());
    const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const bool refused = connect(probe, reinterpret_cast<const sockaddr *>(&address), sizeof(address)) != 0;
    const int reason = refused ? errno : 0;
    ::close(probe);
    if (reason == ENOENT)
        return {};
    if (reason != ECONNREFUSED)
        return fail("management.address-in-use", "another service answers on " + path,
                    "stop it first, or give this one another run-time folder");
    if (unlink(path.c_str()) != 0)
        return fail("management.unusable-path", "cannot remove the stale socket " + path + ": " + std::strerror(errno),
                    "remove it, or let the service's user own its folder");
    return {};
}

} // namespace mainstay::control
