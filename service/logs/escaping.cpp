// SPDX-License-Identifier: GPL-3.0-or-later
#include "logs/escaping.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mainstay::logs {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

constexpr bool isPlain(char c) noexcept
{
    return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

// Eight bytes at a time: the high bit of a byte of what it returns stands for one that is not plain or is `end`. Those
// behind the first such byte may be said to be so in error.
constexpr std::uint64_t escapedIn(std::uint64_t bytes, char end) noexcept
{
    constexpr std::uint64_t kOnes = 0x0101010101010101, kHighBits = kOnes << 7;
    const auto below = [bytes](std::uint64_t bound) { return (bytes - kOnes * bound) & ~bytes; };
    const auto equals = [bytes](char c) {
        const std::uint64_t difference = bytes ^ (kOnes * static_cast<unsigned char>(c));
        return (difference - kOnes) & ~difference;
    };
    return (below(' ') | (bytes + kOnes) | bytes | equals('"') | equals('\\') | equals(end)) & kHighBits;
}

// How many bytes at the front need no escape.
std::size_t plainLength(std::string_view text, char end) noexcept
{
    std::size_t length = 0;
    for (std::uint64_t bytes = 0; text.size() - length >= sizeof bytes; length += sizeof bytes) {
        std::memcpy(&bytes, text.data() + length, sizeof bytes);
        if (escapedIn(bytes, end) != 0)
            break;
    }
    while (length < text.size() && isPlain(text[length]) && text[length] != end)
        ++length;
    return length;
}

// A character of UTF-8 (RFC 3629) at the front; `size` 0 when there is none.
struct Character {
    std::uint32_t code = 0;
    std::size_t size = 0;
};

Character characterOf(std::string_view text) noexcept
{
    const auto byteAt = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byteAt(0);
    if (first < 0x80)
        return {first, 1};
    const std::size_t size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (size == 0 || text.size() < size)
        return {};
    std::uint32_t code = first & (0xffU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byteAt(i) & 0xc0U) != 0x80)
            return {};
        code = code << 6 | (byteAt(i) & 0x3fU);
    }
    constexpr std::array<std::uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
    const bool isSurrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < kLeast[size] || code > 0x10ffff || isSurrogate)
        return {};
    return {code, size};
}

// Ends a line or steers a terminal somewhere: controls, separators, marks of direction and what is not to be seen.
constexpr bool isSteering(std::uint32_t code) noexcept
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || (code >= 0xfff0 && code <= 0xfffb);
}

void appendUnit(std::string &out, std::uint32_t unit)
{
    const char escape[] = {'\\',           'u', kHex[unit >> 12 & 15], kHex[unit >> 8 & 15], kHex[unit >> 4 & 15],
                           kHex[unit & 15]};
    out.append(escape, sizeof escape);
}

} // namespace

void appendEscaped(std::string &out, std::string_view text, char end)
{
    for (;;) {
        const std::size_t plain = plainLength(text, end);
        out.append(text, 0, plain);
        if (plain == text.size())
            return;
        const auto byte = static_cast<unsigned char>(text[plain]);
        const char escape[] = {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
        out.append(escape, sizeof escape);
        text.remove_prefix(plain + 1);
    }
}

void appendOrDash(std::string &out, std::string_view text, char end)
{
    if (text.empty())
        out += '-';
    else
        appendEscaped(out, text, end);
}

void appendJsonString(std::string &out, std::string_view text)
{
    out += '"';
    std::size_t start = 0;
    std::size_t i = 0;
    const auto flush = [&] { out.append(text, start, i - start); };
    while (i < text.size()) {
        if (isPlain(text[i])) {
            ++i;
            continue;
        }
        const Character character = characterOf(text.substr(i));
        const bool isSyntax = text[i] == '"' || text[i] == '\\';
        if (character.size > 0 && !isSteering(character.code) && !isSyntax) {
            i += character.size;
            continue;
        }
        flush();
        if (isSyntax)
            (out += '\\') += text[i];
        else if (character.size == 0)
            out += "\xef\xbf\xbd"; // U+FFFD
        else
            appendUnit(out, character.code); // none of those beyond 16 bits is escaped
        i += character.size == 0 ? 1 : character.size;
        start = i;
    }
    flush();
    out += '"';
}

void appendNumber(std::string &out, std::uint64_t number)
{
    std::array<char, 20> digits;
    const char *end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

void appendMillis(std::string &out, std::int64_t micros)
{
    const auto count = static_cast<std::uint64_t>(micros < 0 ? 0 : micros);
    appendNumber(out, count / 1000);
    const auto rest = static_cast<unsigned>(count % 1000);
    const char fraction[] = {'.', static_cast<char>('0' + rest / 100), static_cast<char>('0' + rest / 10 % 10),
                             static_cast<char>('0' + rest % 10)};
    out.append(fraction, sizeof fraction);
}

} // namespace mainstay::logs
