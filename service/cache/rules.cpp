// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/rules.h"

#include "cache/vary.h"
#include "wire/http_chars.h"
#include "wire/http_date.h"

#include <algorithm>

namespace mainstay::cache {

namespace {

using wire::KnownField;

// RFC 9110 section 15.1, but for 206.
bool isCacheableByDefault(unsigned status) noexcept
{
    switch (status) {
    case 200:
    case 203:
    case 204:
    case 300:
    case 301:
    case 308:
    case 404:
    case 405:
    case 410:
    case 414:
    case 501:
        return true;
    default:
        return false;
    }
}

std::size_t countOf(const wire::Http1Head &head, KnownField field) noexcept
{
    std::size_t count = 0;
    for (std::size_t i = 0; i < head.fieldCount(); ++i)
        count += head.id(i) == field ? 1 : 0;
    return count;
}

std::int64_t numberOf(std::string_view text) noexcept
{
    std::int64_t value = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9')
            return 0;
        value = std::min(value * 10 + (digit - '0'), CacheControl::kLongest);
    }
    return value;
}

struct Dates {
    std::int64_t date = 0; // when it was made
    std::optional<std::int64_t> lastModified;
};

Dates datesOf(const wire::ResponseHead &head, std::int64_t now) noexcept
{
    Dates dates{now, {}};
    if (const auto text = head.find(KnownField::date))
        dates.date = wire::parseHttpDate(*text, now).value_or(now);
    if (const auto text = head.find(KnownField::lastModified))
        dates.lastModified = wire::parseHttpDate(*text, now);
    return dates;
}

// Section 4.2.1; nothing when the answer does not say.
std::optional<std::int64_t> explicitLifetime(const wire::ResponseHead &head, const CacheControl &control,
                                             const Dates &dates, std::int64_t now) noexcept
{
    if (control.sMaxAge)
        return control.sMaxAge;
    if (control.maxAge)
        return control.maxAge;
    const auto expires = head.find(KnownField::expires);
    if (!expires)
        return std::nullopt;
    // What is no date, as "0", is in the past; of several the worst is thought.
    const auto when = wire::parseHttpDate(*expires, now);
    if (!when || countOf(head, KnownField::expires) > 1)
        return 0;
    return std::clamp<std::int64_t>(*when - dates.date, 0, CacheControl::kLongest);
}

std::int64_t impliedLifetime(const Rules &rules, const Dates &dates) noexcept
{
    if (rules.defaultTtl > 0 || rules.heuristicTtl == 0 || !dates.lastModified)
        return rules.defaultTtl;
    return std::clamp<std::int64_t>((dates.date - *dates.lastModified) / 10, 0, rules.heuristicTtl);
}

// Section 4.2.3.
std::int64_t initialAge(const wire::ResponseHead &head, const Dates &dates, const Times &times) noexcept
{
    const std::int64_t apparent = std::max<std::int64_t>(times.answered - dates.date, 0);
    const std::int64_t said = head.has(KnownField::age) ? numberOf(*head.find(KnownField::age)) : 0;
    const std::int64_t delay = std::max<std::int64_t>(times.answered - times.asked, 0);
    return std::min(std::max(apparent, said + delay), CacheControl::kLongest);
}

bool mayKeep(const wire::ResponseHead &head, const CacheControl &control, bool isAuthorized,
             const Rules &rules) noexcept
{
    constexpr unsigned kPartial = 206;
    constexpr unsigned kNotModified = 304;
    const unsigned status = head.status();
    if (status < 200 || status == kPartial || status == kNotModified || control.isPrivate)
        return false;
    // Section 5.2.2.3: who knows the status may keep it all the same.
    if (control.noStore && !(control.mustUnderstand && isCacheableByDefault(status)))
        return false;
    if (head.has(KnownField::setCookie) && !rules.keepsCookies)
        return false;
    if (head.has(KnownField::contentRange) || variesByAnything(head))
        return false;
    return !isAuthorized || control.isPublic || control.mustRevalidate || control.sMaxAge; // section 3.5
}

} // namespace

std::int64_t Freshness::age(std::int64_t now) const noexcept
{
    return initialAge + std::max<std::int64_t>(now - received, 0);
}

std::optional<Freshness> storable(const wire::ResponseHead &head, bool isAuthorized, const Rules &rules,
                                  const Times &times) noexcept
{
    const CacheControl control = CacheControl::of(head);
    if (!mayKeep(head, control, isAuthorized, rules))
        return std::nullopt;
    const Dates dates = datesOf(head, times.answered);
    const auto said = explicitLifetime(head, control, dates, times.answered);
    if (!said && !control.isPublic && !control.noCache && !isCacheableByDefault(head.status()))
        return std::nullopt;
    Freshness freshness;
    freshness.received = times.answered;
    freshness.initialAge = initialAge(head, dates, times);
    freshness.lifetime = said ? *said : impliedLifetime(rules, dates);
    // What says s-maxage is never used stale (section 5.2.2.10), unless it says more itself.
    const bool saysStale = control.staleWhileRevalidate || control.staleIfError;
    freshness.mustRevalidate = control.mustRevalidate || control.proxyRevalidate || (control.sMaxAge && !saysStale);
    freshness.validateAlways = control.noCache;
    if (!freshness.mustRevalidate && !freshness.validateAlways) {
        const bool isOurs = !control.sMaxAge; // to say
        freshness.staleWhileRevalidate = control.staleWhileRevalidate.value_or(isOurs ? rules.staleWhileRevalidate : 0);
        freshness.staleIfError = control.staleIfError.value_or(isOurs ? rules.staleIfError : 0);
    }
    const bool hasValidator = head.has(KnownField::etag) || dates.lastModified;
    const bool isOfUse =
        !freshness.validateAlways &&
        freshness.lifetime + std::max(freshness.staleWhileRevalidate, freshness.staleIfError) > freshness.initialAge;
    // What says nothing, and would have to be asked for each time, only takes the place of others.
    const bool canBeAskedFor = hasValidator && (said || control.noCache);
    if (freshness.lifetime == 0 && !said && !control.noCache)
        return std::nullopt;
    if (!isOfUse && !canBeAskedFor)
        return std::nullopt;
    return freshness;
}

CacheControl wishesOf(const wire::RequestHead &head, const Rules &rules) noexcept
{
    if (!rules.heedsClients)
        return {};
    CacheControl wishes = CacheControl::of(head);
    if (!head.has(KnownField::cacheControl) && head.has(KnownField::pragma))
        wishes.noCache = wire::equalsIgnoringCase(*head.find(KnownField::pragma), "no-cache");
    return wishes;
}

Use useOf(const Freshness &freshness, const CacheControl &wishes, std::int64_t now) noexcept
{
    const std::int64_t remaining = freshness.remaining(now);
    if (freshness.validateAlways || wishes.noCache || (wishes.maxAge && freshness.age(now) > *wishes.maxAge) ||
        (wishes.maxAge && *wishes.maxAge == 0))
        return Use::validate;
    if (remaining > 0)
        return wishes.minFresh && remaining < *wishes.minFresh ? Use::validate : Use::fresh;
    if (freshness.mustRevalidate || wishes.minFresh)
        return Use::validate;
    if (-remaining < freshness.staleWhileRevalidate)
        return Use::staleRefreshing;
    return wishes.maxStale && -remaining <= *wishes.maxStale ? Use::stale : Use::validate;
}

bool isUsableOnError(const Freshness &freshness, std::int64_t now) noexcept
{
    return !freshness.mustRevalidate && !freshness.validateAlways && -freshness.remaining(now) < freshness.staleIfError;
}

} // namespace mainstay::cache
