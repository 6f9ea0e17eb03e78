// SPDX-License-Identifier: GPL-3.0-or-later
// $GENERATE: lines made by counting, in BIND's syntax.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace mainstay::zones {

// Immutable. `$GENERATE first-last[/step] owner [ttl] [class] type data`. In owner and data, `$` is the count,
// `${offset, width,base}` the count with an offset, filled with zeros, in base d, o, x, X, or in nibbles n, N; `$$` is
// a dollar sign. Data in quotes are taken without the quotes; without, they go to the end of the line or a comment.
class GenerateDirective {
public:
    // `line` begins with "$GENERATE". Fails with "zone.generate-malformed".
    [[nodiscard]] static Result<GenerateDirective> parse(std::string_view line);

    // How many lines it makes.
    [[nodiscard]] std::uint64_t count() const noexcept { return (m_last - m_first) / m_step + 1; }
    // Appends line `index` with its end. False when a count with its offset is below zero.
    bool appendLine(std::uint64_t index, std::string &out) const;

private:
    std::uint64_t m_first = 0;
    std::uint64_t m_last = 0;
    std::uint64_t m_step = 1;
    std::string m_owner;
    std::string m_fixed; // TTL, class and type
    std::string m_data;
};

} // namespace mainstay::zones
