// SPDX-License-Identifier: GPL-3.0-or-later
// See http_authority.h.
#include "wire/http_authority.h"

#include "wire/http_chars.h"

#include <cstddef>

namespace mainstay::wire {
namespace {

constexpr std::size_t kMaxHostLength = 255;

bool isIpv4(std::string_view text) noexcept
{
    for (int part = 0; part < 4; ++part) {
        const std::size_t digits = countLeading(text, kDigitChar);
        if (digits == 0 || digits > 3 || (digits > 1 && text[0] == '0') || (digits == 3 && text.substr(0, 3) > "255"))
            return false;
        text.remove_prefix(digits);
        if (part == 3)
            return text.empty();
        if (!text.starts_with('.'))
            return false;
        text.remove_prefix(1);
    }
    return false;
}

// RFC 4291 section 2.2: eight groups, or fewer around one "::", the last two perhaps as a dotted quad.
bool isIpv6(std::string_view text) noexcept
{
    int groups = 0;
    bool gap = text.starts_with("::");
    if (gap)
        text.remove_prefix(2);
    else if (text.empty())
        return false;
    while (!text.empty()) {
        const std::size_t digits = countLeading(text, kHexChar);
        if (digits < text.size() && text[digits] == '.') {
            groups += 2;
            return isIpv4(text) && (gap ? groups < 8 : groups == 8);
        }
        if (digits == 0 || digits > 4)
            return false;
        ++groups;
        text.remove_prefix(digits);
        if (text.empty())
            break;
        if (text.starts_with("::")) {
            if (gap)
                return false;
            gap = true;
            text.remove_prefix(2);
        } else if (text.size() > 1 && text[0] == ':') {
            text.remove_prefix(1);
        } else {
            return false;
        }
    }
    return gap ? groups < 8 : groups == 8;
}

// Of "[address]", with the brackets; 0 when it is none.
std::size_t literalLength(std::string_view text) noexcept
{
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos || !isIpv6(text.substr(1, close - 1)))
        return 0;
    return close + 1;
}

std::optional<std::uint16_t> parsePort(std::string_view digits) noexcept
{
    unsigned port = 0;
    for (const char c : digits) {
        if (!isOneOf(c, kDigitChar))
            return std::nullopt;
        port = port * 10 + static_cast<unsigned>(c - '0');
        if (port > 65535)
            return std::nullopt;
    }
    return static_cast<std::uint16_t>(port);
}

} // namespace

std::optional<Authority> parseAuthority(std::string_view text) noexcept
{
    const std::size_t hostLength = text.starts_with('[') ? literalLength(text) : countLeading(text, kRegNameChar);
    if (hostLength == 0 || hostLength > kMaxHostLength)
        return std::nullopt;
    Authority authority{text.substr(0, hostLength), std::nullopt};
    text.remove_prefix(hostLength);
    if (text.empty())
        return authority;
    if (text.front() != ':')
        return std::nullopt;
    text.remove_prefix(1);
    if (text.empty()) // RFC 3986 section 3.2.3: the same as no port
        return authority;
    authority.port = parsePort(text);
    return authority.port ? std::optional(authority) : std::nullopt;
}

} // namespace mainstay::wire
