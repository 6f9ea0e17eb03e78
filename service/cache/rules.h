// SPDX-License-Identifier: GPL-3.0-or-later
// What may be kept, for how long it is fresh, and when it may be used (RFC 9111, RFC 5861). No clock: times are handed
// in, as seconds since 1970.
#pragma once

#include "cache/cache_control.h"
#include "wire/http1_request.h"
#include "wire/http1_response.h"

#include <cstdint>
#include <optional>

namespace mainstay::cache {

// Immutable. What the configuration says where answers say nothing. Seconds.
struct Rules {
    std::int64_t defaultTtl = 0;   // of answers that say nothing of their freshness
    std::int64_t heuristicTtl = 0; // of those a tenth of their age since Last-Modified, up to this; 0 for not at all
    std::int64_t staleWhileRevalidate = 0;
    std::int64_t staleIfError = 0;
    bool keepsCookies = false; // answers that set some, too
    bool heedsClients = true;  // what requests say in Cache-Control

    friend bool operator==(const Rules &, const Rules &) = default;
};

// Immutable. Of what is kept.
struct Freshness {
    std::int64_t received = 0;   // when it came
    std::int64_t initialAge = 0; // that it had then (section 4.2.3)
    std::int64_t lifetime = 0;   // from age 0 on
    // For how long after that it may be used while another is fetched, and while none can be.
    std::int64_t staleWhileRevalidate = 0;
    std::int64_t staleIfError = 0;
    bool mustRevalidate = false; // is never used stale
    bool validateAlways = false; // is never used without having asked

    [[nodiscard]] std::int64_t age(std::int64_t now) const noexcept;
    // Seconds that it will still be fresh; 0 and below when it is stale.
    [[nodiscard]] std::int64_t remaining(std::int64_t now) const noexcept { return lifetime - age(now); }
    // Whether those who waited while it was fetched may have it, as if it had come for each of them.
    [[nodiscard]] bool isForWaiting(std::int64_t now) const noexcept
    {
        return !validateAlways && lifetime > initialAge && (!mustRevalidate || remaining(now) > 0);
    }

    friend bool operator==(const Freshness &, const Freshness &) = default;
};

// When the request was sent, and when the head of its answer was there.
struct Times {
    std::int64_t asked = 0;
    std::int64_t answered = 0;
};

// Whether a shared cache may keep the answer to a GET, and how fresh it is then; nothing when it may not, or when it
// could never be used. `isAuthorized`: the request has credentials, or the answer is for somebody known.
[[nodiscard]] std::optional<Freshness> storable(const wire::ResponseHead &head, bool isAuthorized, const Rules &rules,
                                                const Times &times) noexcept;

// Of a request, by its Cache-Control, or Pragma where that is missing; nothing special when the rules do not heed them.
[[nodiscard]] CacheControl wishesOf(const wire::RequestHead &head, const Rules &rules) noexcept;

enum class Use : std::uint8_t {
    fresh,
    stale,           // as it is
    staleRefreshing, // and another one is to be fetched behind it
    validate,        // not before the server was asked
};

[[nodiscard]] Use useOf(const Freshness &freshness, const CacheControl &wishes, std::int64_t now) noexcept;
// Whether it may be used when the server cannot be asked, or says that it is in trouble.
[[nodiscard]] bool isUsableOnError(const Freshness &freshness, std::int64_t now) noexcept;
// Of an answer's status.
[[nodiscard]] constexpr bool isTrouble(unsigned status) noexcept
{
    return status == 500 || status == 502 || status == 503 || status == 504;
}

// Whether a request with that method leaves what is kept for its URL as it is (RFC 9110 section 9.2.1).
[[nodiscard]] constexpr bool isSafe(wire::Method method) noexcept
{
    return method == wire::Method::get || method == wire::Method::head || method == wire::Method::options ||
           method == wire::Method::trace;
}

} // namespace mainstay::cache
