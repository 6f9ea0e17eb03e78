// SPDX-License-Identifier: GPL-3.0-or-later
// Addresses to sockaddr and back.
#pragma once

#include "base/peer_address.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace mainstay::engine {

// Any thread, by value.
class SocketAddress {
public:
    // Room for one to be filled in by the system.
    SocketAddress() = default;
    explicit SocketAddress(const Endpoint &endpoint) noexcept
    {
        if (endpoint.address.family == IpAddress::Family::v6) {
            m_address.v6.sin6_family = AF_INET6;
            m_address.v6.sin6_port = htons(endpoint.port);
            std::memcpy(&m_address.v6.sin6_addr, endpoint.address.bytes.data(), 16);
            m_length = sizeof m_address.v6;
        } else {
            m_address.v4.sin_family = AF_INET;
            m_address.v4.sin_port = htons(endpoint.port);
            std::memcpy(&m_address.v4.sin_addr, endpoint.address.bytes.data(), 4);
            m_length = sizeof m_address.v4;
        }
    }

    // A path that is too long is cut, and leads nowhere.
    explicit SocketAddress(const UnixAddress &address) noexcept
    {
        m_address.local.sun_family = AF_UNIX;
        const std::size_t size = std::min(address.path.size(), UnixAddress::kMaxPath);
        std::memcpy(m_address.local.sun_path, address.path.data(), size);
        m_length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size + 1);
    }
    explicit SocketAddress(const PeerAddress &address) noexcept
        : SocketAddress(address.endpoint() ? SocketAddress(*address.endpoint()) : SocketAddress(*address.unixAddress()))
    {}

    [[nodiscard]] int family() const noexcept { return m_address.any.sa_family; }
    [[nodiscard]] const sockaddr *get() const noexcept { return &m_address.any; }
    [[nodiscard]] sockaddr *get() noexcept { return &m_address.any; }
    [[nodiscard]] socklen_t length() const noexcept { return m_length; }
    [[nodiscard]] socklen_t *lengthField() noexcept { return &m_length; }

    [[nodiscard]] Endpoint endpoint() const noexcept
    {
        Endpoint endpoint;
        if (m_address.any.sa_family == AF_INET6) {
            endpoint.address.family = IpAddress::Family::v6;
            std::memcpy(endpoint.address.bytes.data(), &m_address.v6.sin6_addr, 16);
            endpoint.port = ntohs(m_address.v6.sin6_port);
        } else {
            std::memcpy(endpoint.address.bytes.data(), &m_address.v4.sin_addr, 4);
            endpoint.port = ntohs(m_address.v4.sin_port);
        }
        return endpoint;
    }

private:
    union {
        sockaddr any;
        sockaddr_in v4;
        sockaddr_in6 v6;
        sockaddr_un local;
    } m_address{};
    socklen_t m_length = sizeof m_address;
};

} // namespace mainstay::engine
