// SPDX-License-Identifier: GPL-3.0-or-later
// See http_range.h.
#include "wire/http_range.h"

#include "wire/http_chars.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>

namespace mainstay::wire {
namespace {

// Takes the digits off the front; nothing when there are none. A number too large to hold is the largest there is.
std::optional<std::uint64_t> takeNumber(std::string_view &text) noexcept
{
    constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
    const std::size_t digits = countLeading(text, kDigitChar);
    if (digits == 0)
        return std::nullopt;
    std::uint64_t number = 0;
    for (const char c : text.substr(0, digits)) {
        const auto digit = static_cast<std::uint64_t>(c - '0');
        number = number > (kMax - digit) / 10 ? kMax : number * 10 + digit;
    }
    text.remove_prefix(digits);
    return number;
}

} // namespace

ByteRange resolveRange(std::string_view field, std::uint64_t size) noexcept
{
    constexpr std::string_view kUnit = "bytes=";
    constexpr ByteRange kWhole{};
    constexpr ByteRange kUnsatisfiable{ByteRange::Kind::unsatisfiable, 0, 0};
    if (!equalsIgnoringCase(field.substr(0, kUnit.size()), kUnit))
        return kWhole;
    std::string_view range = trimBlanks(field.substr(kUnit.size()));
    const auto first = takeNumber(range);
    if (!range.starts_with('-'))
        return kWhole;
    range.remove_prefix(1);
    const auto last = takeNumber(range);
    if (!range.empty())
        return kWhole;

    if (!first) { // the last so many bytes
        if (!last)
            return kWhole;
        const std::uint64_t length = std::min(*last, size);
        return length == 0 ? kUnsatisfiable : ByteRange{ByteRange::Kind::part, size - length, length};
    }
    if (last && *last < *first)
        return kWhole;
    if (*first >= size)
        return kUnsatisfiable;
    const std::uint64_t end = last ? std::min(*last, size - 1) : size - 1;
    return {ByteRange::Kind::part, *first, end - *first + 1};
}

} // namespace mainstay::wire
