// SPDX-License-Identifier: GPL-3.0-or-later
// What Cache-Control says (RFC 9111 section 5.2, RFC 5861).
#pragma once

#include "wire/http1_head.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace mainstay::cache {

// Immutable once read. Times are in seconds, none above kLongest. What is not understood is passed over; a time that is
// no number counts as 0, and of one that is said twice the shorter one counts.
struct CacheControl {
    static constexpr std::int64_t kLongest = 0x7fffffff;

    bool noStore = false;
    bool noCache = false;   // also where it names fields
    bool isPrivate = false; // likewise
    bool isPublic = false;
    bool mustRevalidate = false;
    bool proxyRevalidate = false;
    bool mustUnderstand = false;
    bool noTransform = false;
    bool onlyIfCached = false;
    std::optional<std::int64_t> maxAge;
    std::optional<std::int64_t> sMaxAge;
    std::optional<std::int64_t> minFresh;
    std::optional<std::int64_t> maxStale; // kLongest where it says no time
    std::optional<std::int64_t> staleWhileRevalidate;
    std::optional<std::int64_t> staleIfError;

    // Adds what one field says.
    void add(std::string_view field) noexcept;
    // Of all such fields of a head.
    [[nodiscard]] static CacheControl of(const wire::Http1Head &head) noexcept;
};

} // namespace mainstay::cache
