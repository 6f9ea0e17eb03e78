// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/launch.h"

#include <QRandomGenerator>

#include <algorithm>
#include <fstream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mainstay::apps {

namespace {

constexpr int kTries = 200;

// The lower end of the range of outgoing connections.
std::uint16_t firstOutgoing()
{
    std::ifstream range("/proc/sys/net/ipv4/ip_local_port_range");
    std::uint32_t first = 32'768;
    range >> first;
    return static_cast<std::uint16_t>(std::clamp<std::uint32_t>(first, 12'000, 60'000));
}

bool isFree(std::uint16_t port)
{
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0)
        return false;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1; // connections of an earlier instance that wait for their end are no obstacle
    (void)::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const bool free = ::bind(socket, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
    ::close(socket);
    return free;
}

} // namespace

Result<PeerAddress> freeAddress(config::AppListen listen, const std::string &runName,
                                const std::set<std::uint16_t> &given, const Surroundings &surroundings)
{
    if (listen == config::AppListen::socket) {
        std::string file = runName;
        std::replace(file.begin(), file.end(), '/', '-');
        const std::filesystem::path folder = surroundings.runtime / "apps";
        const std::string path = (folder / (file + ".sock")).string();
        std::error_code error;
        std::filesystem::create_directories(folder, error);
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all | std::filesystem::perms::group_exec,
                                     error);
        if (path.size() > UnixAddress::kMaxPath)
            return fail("app.socket-path", "the path of a socket, " + path + ", is too long",
                        "give the app a shorter name, or set listen = \"port\"");
        return UnixAddress{path};
    }
    constexpr std::uint16_t kFirst = 10'000;
    const std::uint16_t last = firstOutgoing();
    const int range = last - kFirst;
    int port = QRandomGenerator::global()->bounded(range);
    for (int i = 0, tries = 0; i < range && tries < kTries; ++i, port = (port + 1) % range) {
        const auto candidate = static_cast<std::uint16_t>(kFirst + port);
        if (given.contains(candidate))
            continue;
        ++tries;
        if (isFree(candidate))
            return Endpoint::parse("127.0.0.1:" + std::to_string(candidate)).value();
    }
    return fail("app.no-port", "no port below " + std::to_string(last) + " is free for an instance of an app",
                "see what listens there, or set listen = \"socket\"");
}

} // namespace mainstay::apps
