// SPDX-License-Identifier: GPL-3.0-or-later
// A decoded path as a URL spells it.
#pragma once

#include <string>
#include <string_view>

namespace mainstay::http {

// Percent-encodes what a path may not hold as it is (RFC 3986 section 3.3).
[[nodiscard]] inline std::string percentEncoded(std::string_view path)
{
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    constexpr std::string_view kPlain = "-._~!$&'()*+,;=:@/";
    std::string out;
    for (const char c : path) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           kPlain.find(c) != std::string_view::npos;
        const auto byte = static_cast<unsigned char>(c);
        if (plain)
            out += c;
        else
            out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
    return out;
}

} // namespace mainstay::http
