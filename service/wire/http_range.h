// SPDX-License-Identifier: GPL-3.0-or-later
// Which part of a representation a Range field asks for (RFC 9110 section 14).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace mainstay::wire {

struct ByteRange {
    enum class Kind : std::uint8_t {
        whole,         // the field is to be ignored: answer 200
        part,          // answer 206
        unsatisfiable, // answer 416
    };

    Kind kind = Kind::whole;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;

    friend bool operator==(const ByteRange &, const ByteRange &) = default;
};

// Several ranges, in the order they were asked for.
struct RangeSet {
    static constexpr std::size_t kMost = 16;

    ByteRange::Kind kind = ByteRange::Kind::whole;
    std::size_t count = 0; // of Kind::part
    std::array<ByteRange, kMost> parts;

    [[nodiscard]] std::span<const ByteRange> ranges() const noexcept { return std::span(parts).first(count); }
};

// Of a representation of `size` bytes. Those that lie behind its end are passed over. A malformed field and another
// unit are ignored, as are more than kMost ranges, and ranges that overlap so far that the whole is shorter.
[[nodiscard]] RangeSet resolveRanges(std::string_view field, std::uint64_t size) noexcept;

} // namespace mainstay::wire
