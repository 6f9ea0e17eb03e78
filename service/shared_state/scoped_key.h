// SPDX-License-Identifier: GPL-3.0-or-later
// The key of something in a table that serves many.
#pragma once

#include "base/keyed_hash.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

namespace mainstay::shared_state {

// Of a text within a scope; never 0. Two keys may be the same by chance, of which nobody can make use.
[[nodiscard]] inline std::uint64_t scopedKey(const KeyedHash &hash, std::uint64_t scope, std::string_view text) noexcept
{
    const auto word = std::bit_cast<std::array<char, sizeof scope>>(hash(text) ^ scope);
    return std::max<std::uint64_t>(hash({word.data(), word.size()}), 1);
}

} // namespace mainstay::shared_state
