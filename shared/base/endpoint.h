// SPDX-License-Identifier: GPL-3.0-or-later
// An IP address with a port: where something listens or is reached.
#pragma once

#include "base/result.h"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mainstay {

// Immutable. An IPv4 or IPv6 address in network byte order. IPv4 uses the first four bytes.
struct IpAddress {
    enum class Family : std::uint8_t { v4, v6 };

    Family family = Family::v4;
    std::array<std::uint8_t, 16> bytes{};

    // Dotted quad or RFC 4291 text, without brackets. Fails with "address.malformed".
    static Result<IpAddress> parse(std::string_view text);
    // RFC 5952 form for IPv6.
    [[nodiscard]] std::string text() const;
    static constexpr std::size_t kMaxText = 45;
    // text() in memory of the caller.
    std::string_view textInto(std::span<char, kMaxText> out) const noexcept;
    void appendTo(std::string &out) const;

    friend auto operator<=>(const IpAddress &, const IpAddress &) = default;
};

// Immutable.
struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0;

    // "127.0.0.1:80", "[::1]:80", or ":80" and "*:80" for every IPv4 address. The port is required.
    // Fails with "endpoint.malformed".
    static Result<Endpoint> parse(std::string_view text);
    [[nodiscard]] std::string text() const;

    friend auto operator<=>(const Endpoint &, const Endpoint &) = default;
};

} // namespace mainstay
