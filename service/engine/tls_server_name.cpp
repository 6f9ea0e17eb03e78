// SPDX-License-Identifier: GPL-3.0-or-later
// Checks and lower-cases server names.
#include "engine/tls_server_name.h"

namespace mainstay::engine {

namespace {

constexpr bool isDigit(char character) noexcept
{
    return character >= '0' && character <= '9';
}

constexpr char toLower(char character) noexcept
{
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character + ('a' - 'A')) : character;
}

constexpr bool belongsInLabel(char lower) noexcept
{
    return (lower >= 'a' && lower <= 'z') || isDigit(lower) || lower == '-' || lower == '_';
}

} // namespace

std::optional<ServerName> ServerName::parse(std::string_view text) noexcept
{
    constexpr std::size_t kMaximumLabel = 63;

    if (text.ends_with('.'))
        text.remove_suffix(1);
    if (text.empty() || text.size() > kMaximumSize)
        return std::nullopt;

    ServerName name;
    std::size_t labelSize = 0;
    bool onlyDigits = true; // in the label so far; true of the last one in an IPv4 address alone
    for (const char original : text) {
        const char character = toLower(original);
        if (character == '.') {
            if (labelSize == 0)
                return std::nullopt;
            labelSize = 0;
            onlyDigits = true;
        } else {
            if (!belongsInLabel(character) || ++labelSize > kMaximumLabel)
                return std::nullopt;
            onlyDigits = onlyDigits && isDigit(character);
        }
        name.m_text[name.m_size++] = character;
    }
    if (labelSize == 0 || onlyDigits)
        return std::nullopt;
    return name;
}

} // namespace mainstay::engine
