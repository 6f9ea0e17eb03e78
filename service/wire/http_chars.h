// SPDX-License-Identifier: GPL-3.0-or-later
// The character classes of HTTP and URIs, one table look-up each (RFC 9110 section 5.6, RFC 3986 section 2).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mainstay::wire {

enum CharClass : std::uint8_t {
    kTokenChar = 1,      // RFC 9110 tchar
    kFieldValueChar = 2, // VCHAR, obs-text, SP, HTAB
    kPathChar = 4,       // RFC 3986 pchar and "/", and "[", "]", "|", which browsers leave unescaped
    kQueryChar = 8,      // the same and "?", "\", "^", "`", "{", "}"
    kRegNameChar = 16,   // RFC 3986 reg-name, without "%" and ","
    kDigitChar = 32,
    kHexChar = 64,
};

namespace detail {

consteval std::array<std::uint8_t, 256> charClasses()
{
    std::array<std::uint8_t, 256> classes{};
    const auto mark = [&classes](std::string_view chars, unsigned bits) {
        for (const char c : chars)
            classes[static_cast<unsigned char>(c)] |= static_cast<std::uint8_t>(bits);
    };
    constexpr std::string_view kDigits = "0123456789";
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (unsigned c = 0x20; c < 256; ++c) {
        if (c != 0x7f)
            classes[c] |= kFieldValueChar;
    }
    mark("\t", kFieldValueChar);
    mark(kDigits, kTokenChar | kPathChar | kQueryChar | kRegNameChar | kDigitChar | kHexChar);
    mark(kLetters, kTokenChar | kPathChar | kQueryChar | kRegNameChar);
    mark("abcdefABCDEF", kHexChar);
    mark("!#$%&'*+-.^_`|~", kTokenChar);
    mark("-._~!$&'()*+;=", kPathChar | kQueryChar | kRegNameChar);
    mark(",:@%/[]|", kPathChar | kQueryChar);
    mark("?\\^`{}", kQueryChar);
    return classes;
}

inline constexpr std::array<std::uint8_t, 256> kCharClasses = charClasses();

} // namespace detail

[[nodiscard]] constexpr bool isOneOf(char c, unsigned classes) noexcept
{
    return (detail::kCharClasses[static_cast<unsigned char>(c)] & classes) != 0;
}

// How many leading characters of the text belong to the classes.
[[nodiscard]] constexpr std::size_t countLeading(std::string_view text, unsigned classes) noexcept
{
    std::size_t count = 0;
    while (count < text.size() && isOneOf(text[count], classes))
        ++count;
    return count;
}

[[nodiscard]] constexpr bool isToken(std::string_view text) noexcept
{
    return !text.empty() && countLeading(text, kTokenChar) == text.size();
}

[[nodiscard]] constexpr bool isBlank(char c) noexcept
{
    return c == ' ' || c == '\t';
}

// Without the optional white space (RFC 9110 section 5.6.3) at both ends.
[[nodiscard]] constexpr std::string_view trimBlanks(std::string_view text) noexcept
{
    while (!text.empty() && isBlank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isBlank(text.back()))
        text.remove_suffix(1);
    return text;
}

[[nodiscard]] constexpr char toLower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// Equal but for the case of ASCII letters.
[[nodiscard]] constexpr bool equalsIgnoringCase(std::string_view left, std::string_view right) noexcept
{
    if (left.size() != right.size())
        return false;
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (toLower(left[i]) != toLower(right[i]))
            return false;
    }
    return true;
}

// 0 to 15, or -1 when the character is no hexadecimal digit.
[[nodiscard]] constexpr int hexValue(char c) noexcept
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char lower = toLower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Takes the next element of a comma-separated list off its front, trimmed; empty elements come out empty
// (RFC 9110 section 5.6.1).
[[nodiscard]] constexpr std::string_view takeListElement(std::string_view &list) noexcept
{
    const std::size_t comma = list.find(',');
    const std::string_view element = trimBlanks(list.substr(0, comma));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    return element;
}

} // namespace mainstay::wire
