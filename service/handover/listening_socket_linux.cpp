// SPDX-License-Identifier: GPL-3.0-or-later
#include "handover/listening_socket.h"

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>

namespace mainstay::handover {

namespace {

constexpr int kBacklog = 4096;
constexpr int kUdpReceiveBuffer = 4 << 20;

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

SocketAddress toNative(const Endpoint &endpoint)
{
    SocketAddress native;
    if (endpoint.address.family == IpAddress::Family::v4) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(endpoint.port);
        std::memcpy(&in.sin_addr, endpoint.address.bytes.data(), sizeof in.sin_addr);
        std::memcpy(&native.storage, &in, sizeof in);
        native.size = sizeof in;
    } else {
        sockaddr_in6 in{};
        in.sin6_family = AF_INET6;
        in.sin6_port = htons(endpoint.port);
        std::memcpy(&in.sin6_addr, endpoint.address.bytes.data(), sizeof in.sin6_addr);
        std::memcpy(&native.storage, &in, sizeof in);
        native.size = sizeof in;
    }
    return native;
}

Error explain(int code, Transport transport, const Endpoint &endpoint)
{
    const std::string where = endpoint.text();
    const std::string port = std::to_string(endpoint.port);
    switch (code) {
    case EADDRINUSE:
        return {"socket.address-in-use", where + ": address already in use by another program",
                "stop it or choose another port (`ss -n" + std::string(transport == Transport::tcp ? "t" : "u") +
                    "lp sport = :" + port + "` as root names it)"};
    case EACCES:
    case EPERM:
        return {"socket.permission-denied", where + ": permission denied for port " + port,
                "give mainstayd CAP_NET_BIND_SERVICE, as its systemd unit does, or choose a port from 1024 on"};
    case EADDRNOTAVAIL:
        return {"socket.address-not-available", where + ": no interface of this machine has this address",
                "correct the address, or listen on every one with 0.0.0.0 or [::]"};
    case EAFNOSUPPORT:
        return {"socket.family-unsupported", where + ": this system has no IPv6", "enable IPv6 or use an IPv4 address"};
    case EMFILE:
    case ENFILE:
        return {"descriptor.exhausted", where + ": no descriptor left for a socket",
                "raise the limit of open files (LimitNOFILE= in the unit, ulimit -n in a shell)"};
    default:
        return {"socket.failed", where + ": cannot listen: " + std::generic_category().message(code), {}};
    }
}

bool enable(int number, int level, int option, int value = 1)
{
    return ::setsockopt(number, level, option, &value, sizeof value) == 0;
}

enum class Sharing { exclusive, shared };

bool configure(int number, Transport transport, const Endpoint &endpoint, Sharing sharing)
{
    if (sharing == Sharing::shared && !enable(number, SOL_SOCKET, SO_REUSEPORT))
        return false;
    if (endpoint.address.family == IpAddress::Family::v6 && !enable(number, IPPROTO_IPV6, IPV6_V6ONLY))
        return false;
    // Passes over connections in TIME_WAIT, not over listeners. With port 0 it would let the system pick a port that
    // somebody holds without listening yet.
    return transport == Transport::udp || endpoint.port == 0 || enable(number, SOL_SOCKET, SO_REUSEADDR);
}

Result<Descriptor> openBound(Transport transport, const Endpoint &endpoint, Sharing sharing)
{
    const int family = endpoint.address.family == IpAddress::Family::v4 ? AF_INET : AF_INET6;
    const int type = transport == Transport::tcp ? SOCK_STREAM : SOCK_DGRAM;
    const SocketAddress native = toNative(endpoint);
    Descriptor socket(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.isOpen() || !configure(socket.number(), transport, endpoint, sharing) ||
        ::bind(socket.number(), reinterpret_cast<const sockaddr *>(&native.storage), native.size) != 0)
        return tl::unexpected(explain(errno, transport, endpoint));
    return socket;
}

} // namespace

Result<Endpoint> probeAddress(Transport transport, const Endpoint &endpoint)
{
    return openBound(transport, endpoint, Sharing::exclusive).and_then(localEndpoint);
}

Result<Descriptor> openListeningSocket(Transport transport, const Endpoint &endpoint)
{
    auto socket = openBound(transport, endpoint, Sharing::shared);
    if (!socket)
        return socket;
    if (transport == Transport::tcp) {
        // Accepted connections inherit it, which spares them a call each.
        if (!enable(socket->number(), IPPROTO_TCP, TCP_NODELAY) || ::listen(socket->number(), kBacklog) != 0)
            return tl::unexpected(explain(errno, transport, endpoint));
        return socket;
    }
    // Beyond net.core.rmem_max only with CAP_NET_ADMIN; otherwise the system gives what it allows.
    if (!enable(socket->number(), SOL_SOCKET, SO_RCVBUFFORCE, kUdpReceiveBuffer))
        (void)enable(socket->number(), SOL_SOCKET, SO_RCVBUF, kUdpReceiveBuffer);
    return socket;
}

Result<Endpoint> localEndpoint(const Descriptor &socket)
{
    SocketAddress native;
    native.size = sizeof native.storage;
    if (::getsockname(socket.number(), reinterpret_cast<sockaddr *>(&native.storage), &native.size) != 0)
        return fail("socket.failed", "cannot tell where a socket is bound: " + std::generic_category().message(errno));
    Endpoint endpoint;
    if (native.storage.ss_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &native.storage, sizeof in);
        std::memcpy(endpoint.address.bytes.data(), &in.sin_addr, sizeof in.sin_addr);
        endpoint.port = ntohs(in.sin_port);
    } else {
        sockaddr_in6 in{};
        std::memcpy(&in, &native.storage, sizeof in);
        endpoint.address.family = IpAddress::Family::v6;
        std::memcpy(endpoint.address.bytes.data(), &in.sin6_addr, sizeof in.sin6_addr);
        endpoint.port = ntohs(in.sin6_port);
    }
    return endpoint;
}

} // namespace mainstay::handover
