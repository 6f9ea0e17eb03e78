// SPDX-License-Identifier: GPL-3.0-or-later
// What an answer is found by.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mainstay::cache {

// Belongs to the caller.
struct Key {
    std::string_view text;  // the name of the site, a line end, and the URL
    std::uint64_t hash = 0; // of the text
    std::string_view tag;   // tells apart what answers at that URL
};

} // namespace mainstay::cache
