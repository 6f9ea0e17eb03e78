// SPDX-License-Identifier: GPL-3.0-or-later
// Which part of a representation a Range field asks for (RFC 9110 section 14).
#pragma once

#include <cstdint>
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

// One range of bytes of a representation of `size` bytes. A malformed field, another unit and several ranges are
// ignored, as the RFC allows.
[[nodiscard]] ByteRange resolveRange(std::string_view field, std::uint64_t size) noexcept;

} // namespace mainstay::wire
