// SPDX-License-Identifier: GPL-3.0-or-later
// Text of unknown origin, made fit for a line of a terminal or a log.
#pragma once

#include <string>
#include <string_view>

namespace mainstay {

// Control characters become "\xNN": none of them ends the line, or steers the terminal.
[[nodiscard]] inline std::string printable(std::string_view text)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string line;
    line.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f) {
            line += c;
            continue;
        }
        line += "\\x";
        line += kDigits[byte >> 4];
        line += kDigits[byte & 15];
    }
    return line;
}

} // namespace mainstay
