// SPDX-License-Identifier: GPL-3.0-or-later
// Where a server is reached: over TCP or over a Unix socket.
#pragma once

#include "base/endpoint.h"

#include <compare>
#include <cstddef>
#include <string>
#include <utility>
#include <variant>

namespace mainstay {

// Immutable. The path of a Unix socket, at most kMaxPath bytes.
struct UnixAddress {
    static constexpr std::size_t kMaxPath = 107; // what sockaddr_un has room for

    std::string path;

    [[nodiscard]] std::string text() const { return "unix:" + path; }

    friend auto operator<=>(const UnixAddress &, const UnixAddress &) = default;
};

// Immutable.
class PeerAddress {
public:
    PeerAddress(const Endpoint &endpoint) : m_address(endpoint) {}      // NOLINT
    PeerAddress(UnixAddress address) : m_address(std::move(address)) {} // NOLINT

    // Null when it is the other kind.
    [[nodiscard]] const Endpoint *endpoint() const noexcept { return std::get_if<Endpoint>(&m_address); }
    [[nodiscard]] const UnixAddress *unixAddress() const noexcept { return std::get_if<UnixAddress>(&m_address); }
    [[nodiscard]] std::string text() const
    {
        return std::visit([](const auto &address) { return address.text(); }, m_address);
    }

    friend auto operator<=>(const PeerAddress &, const PeerAddress &) = default;

private:
    std::variant<Endpoint, UnixAddress> m_address;
};

} // namespace mainstay
