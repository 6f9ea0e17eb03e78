// SPDX-License-Identifier: GPL-3.0-or-later
// Host and port as the Host field and request targets carry them (RFC 9110 section 7.2, RFC 3986 section 3.2).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mainstay::wire {

struct Authority {
    std::string_view host; // an IPv6 address keeps its brackets
    std::optional<std::uint16_t> port;
};

// Nothing unless the text is a registered name, an IPv4 address or an IPv6 address in brackets, and perhaps a port.
// Stricter than RFC 3986: no user, no "%", no ",", an empty name never.
[[nodiscard]] std::optional<Authority> parseAuthority(std::string_view text) noexcept;

} // namespace mainstay::wire
