// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/listener.h"

#include "apps/app_user.h"
#include "handover/descriptor.h"

#include <array>
#include <cstring>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <vector>

namespace mainstay::apps {

namespace {

constexpr std::uint32_t kListening = 1U << 10; // TCP_LISTEN, as sock_diag(7) counts states

struct Request {
    nlmsghdr header{};
    inet_diag_req_v2 wanted{};
};

// The users of what listens on the port, in one address family.
std::vector<uid_t> listeners(int family, std::uint16_t port)
{
    std::vector<uid_t> users;
    const handover::Descriptor socket(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    Request request;
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.wanted.sdiag_family = static_cast<std::uint8_t>(family);
    request.wanted.sdiag_protocol = IPPROTO_TCP;
    request.wanted.idiag_states = kListening;
    request.wanted.id.idiag_sport = htons(port);
    if (::send(socket.number(), &request, sizeof request, 0) < 0)
        return users;
    std::array<char, 32 * 1024> reply;
    for (;;) {
        const ssize_t received = ::recv(socket.number(), reply.data(), reply.size(), 0);
        if (received <= 0)
            return users;
        // As sock_diag(7) has it, without the macros that cast.
        std::size_t at = 0;
        while (at + sizeof(nlmsghdr) <= static_cast<std::size_t>(received)) {
            nlmsghdr header;
            std::memcpy(&header, reply.data() + at, sizeof header);
            if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR ||
                header.nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg)))
                return users;
            inet_diag_msg found;
            std::memcpy(&found, reply.data() + at + NLMSG_HDRLEN, sizeof found);
            if (ntohs(found.id.idiag_sport) == port)
                users.push_back(found.idiag_uid);
            at += NLMSG_ALIGN(header.nlmsg_len);
        }
    }
}

} // namespace

bool hasStranger(const PeerAddress &address, const std::string &user)
{
    const Endpoint *endpoint = address.endpoint();
    const auto own = userNumber(user);
    if (!endpoint || !own)
        return false;
    for (const int family : {AF_INET, AF_INET6}) {
        for (const uid_t listener : listeners(family, endpoint->port)) {
            if (listener != *own && listener != 0)
                return true;
        }
    }
    return false;
}

} // namespace mainstay::apps
