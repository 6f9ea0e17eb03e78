// SPDX-License-Identifier: GPL-3.0-or-later
#include "logs/escaping.h"

#include <array>
#include <charconv>
#include <cstddef>

namespace mainstay::logs {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

constexpr bool isPlain(char c) noexcept
{
    return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
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
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (isPlain(text[i]) && text[i] != end)
            continue;
        out.append(text, start, i - start);
        const auto byte = static_cast<unsigned char>(text[i]);
        const char escape[] = {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
        out.append(escape, sizeof escape);
        start = i + 1;
    }
    out.append(text, start);
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
