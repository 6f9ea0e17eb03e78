// SPDX-License-Identifier: GPL-3.0-or-later
// Addresses that share their first bits.
#pragma once

#include "base/endpoint.h"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace mainstay {

// Immutable. "10.0.0.0/8", "2001:db8::/32", or one address: "192.0.2.7".
struct Network {
    IpAddress address;         // no bit set behind the prefix
    std::uint8_t prefix = 255; // bits that count, to 32 or 128; 255: there is no network

    [[nodiscard]] bool empty() const noexcept { return prefix == 255; }
    // An IPv4 address in IPv6 (::ffff:a.b.c.d) counts as IPv4.
    [[nodiscard]] bool contains(const IpAddress &other) const noexcept;

    // Fails with "network.malformed", also where bits are set behind the prefix.
    static Result<Network> parse(std::string_view text);
    // By which clients are told apart: of an IPv6 address so many bits, which one client can have for itself; an IPv4
    // address, in IPv6 too, as a whole.
    static Network around(const IpAddress &address, unsigned ipv6Prefix) noexcept;
    [[nodiscard]] std::string text() const;

    friend auto operator<=>(const Network &, const Network &) = default;
};

} // namespace mainstay
