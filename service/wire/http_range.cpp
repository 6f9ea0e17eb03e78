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

// Kind::whole for what is malformed.
ByteRange resolveOne(std::string_view range, std::uint64_t size) noexcept
{
    constexpr ByteRange kWhole{};
    constexpr ByteRange kUnsatisfiable{ByteRange::Kind::unsatisfiable, 0, 0};
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

} // namespace

RangeSet resolveRanges(std::string_view field, std::uint64_t size) noexcept
{
    constexpr std::string_view kUnit = "bytes=";
    if (!equalsIgnoringCase(field.substr(0, kUnit.size()), kUnit))
        return {};
    field.remove_prefix(kUnit.size());
    RangeSet set;
    set.kind = ByteRange::Kind::unsatisfiable;
    std::uint64_t total = 0;
    for (bool isLast = false; !isLast;) {
        const std::size_t comma = field.find(',');
        isLast = comma == std::string_view::npos;
        const ByteRange range = resolveOne(trimBlanks(field.substr(0, comma)), size);
        field.remove_prefix(isLast ? field.size() : comma + 1);
        if (range.kind == ByteRange::Kind::whole || set.count == RangeSet::kMost)
            return {};
        if (range.kind == ByteRange::Kind::unsatisfiable)
            continue;
        total += range.length;
        if (total > size)
            return {};
        set.parts[set.count++] = range;
        set.kind = ByteRange::Kind::part;
    }
    return set;
}

} // namespace mainstay::wire
