// SPDX-License-Identifier: GPL-3.0-or-later
// Field names by number, and back through a perfect hash that the compiler finds.
#include "wire/http_field.h"

#include <array>
#include <cstring>

namespace mainstay::wire {
namespace {

// In the order of KnownField.
constexpr std::array<std::string_view, kKnownFields> kNames = {
    "",
    "Accept",
    "Accept-Encoding",
    "Accept-Ranges",
    "Age",
    "Alt-Svc",
    "Authorization",
    "Cache-Control",
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Range",
    "Content-Type",
    "Cookie",
    "Date",
    "ETag",
    "Expect",
    "Expires",
    "Forwarded",
    "Host",
    "HTTP2-Settings",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Keep-Alive",
    "Last-Modified",
    "Location",
    "Origin",
    "Pragma",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Connection",
    "Range",
    "Referer",
    "Retry-After",
    "Server",
    "Set-Cookie",
    "Strict-Transport-Security",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "User-Agent",
    "Vary",
    "Via",
    "WWW-Authenticate",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Port",
    "X-Forwarded-Proto",
    "X-Real-IP",
    "X-Request-ID",
};

constexpr std::size_t kSlots = 256;

// Mixes the length with three characters, whatever their case. The name is not empty.
constexpr std::size_t slotOf(std::string_view name, std::uint32_t multiplier)
{
    const auto lower = [](char c) { return static_cast<std::uint32_t>(static_cast<unsigned char>(c) | 0x20U); };
    const std::uint32_t key = static_cast<std::uint32_t>(name.size()) << 24 | lower(name.front()) << 16 |
                              lower(name[name.size() / 2]) << 8 | lower(name[name.size() * 3 / 4]);
    return (key * multiplier) >> 24;
}

struct NameTable {
    std::uint32_t multiplier = 0;
    std::array<KnownField, kSlots> slots{};
};

// Tries multipliers until no two names share a slot. A name that makes this fail to compile needs another mix.
consteval NameTable makeNameTable()
{
    for (std::uint32_t multiplier = 0x9e3779b1;; multiplier += 0x3c6ef372) {
        NameTable table{multiplier, {}};
        bool unique = true;
        for (std::size_t id = 1; id < kNames.size() && unique; ++id) {
            KnownField &slot = table.slots[slotOf(kNames[id], multiplier)];
            unique = slot == KnownField::other;
            slot = static_cast<KnownField>(id);
        }
        if (unique)
            return table;
    }
}

constexpr NameTable kTable = makeNameTable();

std::uint64_t foldedWord(const char *at) noexcept
{
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return word | 0x2020202020202020;
}

// Setting bit 5 folds the case of letters, and no two other token characters of a known name ("-", digits) fall
// together with anything that a token may hold.
bool sameToken(std::string_view left, std::string_view right) noexcept
{
    const std::size_t size = left.size();
    if (size != right.size())
        return false;
    if (size < 8) {
        bool same = true;
        for (std::size_t i = 0; i < size; ++i)
            same &= (left[i] | 0x20) == (right[i] | 0x20);
        return same;
    }
    for (std::size_t i = 0; i + 8 < size; i += 8) {
        if (foldedWord(left.data() + i) != foldedWord(right.data() + i))
            return false;
    }
    return foldedWord(left.data() + size - 8) == foldedWord(right.data() + size - 8);
}

} // namespace

KnownField knownField(std::string_view name) noexcept
{
    if (name.empty())
        return KnownField::other;
    const KnownField field = kTable.slots[slotOf(name, kTable.multiplier)];
    return sameToken(name, kNames[static_cast<std::size_t>(field)]) ? field : KnownField::other;
}

std::string_view fieldName(KnownField field) noexcept
{
    return kNames[static_cast<std::size_t>(field)];
}

bool isHopByHop(KnownField field) noexcept
{
    switch (field) {
    case KnownField::connection:
    case KnownField::http2Settings:
    case KnownField::keepAlive:
    case KnownField::proxyAuthenticate:
    case KnownField::proxyAuthorization:
    case KnownField::proxyConnection:
    case KnownField::te:
    case KnownField::trailer:
    case KnownField::transferEncoding:
    case KnownField::upgrade:
        return true;
    default:
        return false;
    }
}

} // namespace mainstay::wire
