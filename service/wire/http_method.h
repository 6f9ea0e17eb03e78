// SPDX-License-Identifier: GPL-3.0-or-later
// Request methods and what may be done with them (RFC 9110 section 9).
#pragma once

#include <cstdint>
#include <string_view>

namespace mainstay::wire {

enum class Method : std::uint8_t { get, head, post, put, remove, options, patch, connect, trace, other };

// Methods are case-sensitive: "get" is `other`.
[[nodiscard]] Method methodOf(std::string_view text) noexcept;

// "GET", "DELETE" for `remove`; empty for `other`.
[[nodiscard]] std::string_view methodText(Method method) noexcept;

// May be sent a second time when the first got no answer (RFC 9110 section 9.2.2).
[[nodiscard]] constexpr bool isIdempotent(Method method) noexcept
{
    switch (method) {
    case Method::get:
    case Method::head:
    case Method::put:
    case Method::remove:
    case Method::options:
    case Method::trace:
        return true;
    default:
        return false;
    }
}

} // namespace mainstay::wire
