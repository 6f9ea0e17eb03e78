// SPDX-License-Identifier: GPL-3.0-or-later
// Dates in fields (RFC 9110 section 5.6.7), as seconds since 1970 UTC.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mainstay::wire {

inline constexpr std::size_t kHttpDateLength = 29;

// "Sun, 06 Nov 1994 08:49:37 GMT". Years 0 to 9999.
[[nodiscard]] std::array<char, kHttpDateLength> formatHttpDate(std::int64_t seconds) noexcept;

// All three forms of RFC 9110. `now` tells the century of the two-digit form: a date more than 50 years ahead is in
// the past. Nothing when the text is no date.
[[nodiscard]] std::optional<std::int64_t> parseHttpDate(std::string_view text, std::int64_t now) noexcept;

} // namespace mainstay::wire
