// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/basic_credentials.h"

#include "wire/http_chars.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace mainstay::wire {

namespace {

constexpr std::uint8_t kNone = 0xff;

consteval std::array<std::uint8_t, 256> base64Values()
{
    std::array<std::uint8_t, 256> values{};
    values.fill(kNone);
    std::uint8_t next = 0;
    for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
        values[static_cast<unsigned char>(c)] = next++;
    return values;
}

constexpr std::array<std::uint8_t, 256> kBase64 = base64Values();

// RFC 4648 section 4, with its padding, and no bit set that means nothing.
std::optional<std::string> decodeBase64(std::string_view text)
{
    if (text.empty() || text.size() % 4 != 0)
        return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    text.remove_suffix(padding);
    std::string decoded;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const std::uint8_t value = kBase64[static_cast<unsigned char>(c)];
        if (value == kNone)
            return std::nullopt;
        bits = (bits << 6 | value) & 0xffff;
        count += 6;
        if (count >= 8) {
            count -= 8;
            decoded += static_cast<char>(bits >> count & 0xff);
        }
    }
    return (bits & ((1U << count) - 1)) == 0 ? std::optional(std::move(decoded)) : std::nullopt;
}

} // namespace

std::optional<BasicCredentials> parseBasicCredentials(std::string_view field)
{
    constexpr std::string_view kScheme = "Basic";
    if (field.size() > kMostCredentials || field.size() <= kScheme.size() ||
        !equalsIgnoringCase(field.substr(0, kScheme.size()), kScheme) || field[kScheme.size()] != ' ')
        return std::nullopt;
    const auto decoded = decodeBase64(trimBlanks(field.substr(kScheme.size())));
    if (!decoded)
        return std::nullopt;
    const std::size_t colon = decoded->find(':');
    const bool isPlain = std::all_of(decoded->begin(), decoded->end(),
                                     [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != '\x7f'; });
    if (colon == std::string::npos || colon == 0 || !isPlain)
        return std::nullopt;
    return BasicCredentials{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

} // namespace mainstay::wire
