// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/cache_control.h"

#include "wire/http_chars.h"

#include <algorithm>

namespace mainstay::cache {

namespace {

struct Directive {
    std::string_view name;
    std::optional<std::string_view> argument; // without its quotes
};

// Takes one off the front of the list, in which commas within quotes separate nothing.
Directive takeDirective(std::string_view &list) noexcept
{
    std::size_t end = 0;
    for (bool isQuoted = false; end < list.size() && (isQuoted || list[end] != ','); ++end) {
        if (isQuoted && list[end] == '\\' && end + 1 < list.size())
            ++end;
        else if (list[end] == '"')
            isQuoted = !isQuoted;
    }
    const std::string_view text = wire::trimBlanks(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos)
        return {text, std::nullopt};
    std::string_view argument = wire::trimBlanks(text.substr(equals + 1));
    if (argument.size() >= 2 && argument.front() == '"' && argument.back() == '"')
        argument = argument.substr(1, argument.size() - 2);
    return {wire::trimBlanks(text.substr(0, equals)), argument};
}

// RFC 9111 section 1.2.2.
std::int64_t seconds(std::string_view text) noexcept
{
    if (text.empty() || wire::countLeading(text, wire::kDigitChar) != text.size())
        return 0;
    std::int64_t value = 0;
    for (const char digit : text)
        value = std::min(value * 10 + (digit - '0'), CacheControl::kLongest);
    return value;
}

} // namespace

void CacheControl::add(std::string_view field) noexcept
{
    struct Flag {
        std::string_view name;
        bool CacheControl::*member;
    };
    static constexpr Flag kFlags[]{
        {"no-store", &CacheControl::noStore},
        {"no-cache", &CacheControl::noCache},
        {"private", &CacheControl::isPrivate},
        {"public", &CacheControl::isPublic},
        {"must-revalidate", &CacheControl::mustRevalidate},
        {"proxy-revalidate", &CacheControl::proxyRevalidate},
        {"must-understand", &CacheControl::mustUnderstand},
        {"no-transform", &CacheControl::noTransform},
        {"only-if-cached", &CacheControl::onlyIfCached},
    };
    struct Time {
        std::string_view name;
        std::optional<std::int64_t> CacheControl::*member;
    };
    static constexpr Time kTimes[]{
        {"max-age", &CacheControl::maxAge},
        {"s-maxage", &CacheControl::sMaxAge},
        {"min-fresh", &CacheControl::minFresh},
        {"max-stale", &CacheControl::maxStale},
        {"stale-while-revalidate", &CacheControl::staleWhileRevalidate},
        {"stale-if-error", &CacheControl::staleIfError},
    };
    while (!field.empty()) {
        const Directive directive = takeDirective(field);
        for (const Flag &flag : kFlags) {
            if (wire::equalsIgnoringCase(directive.name, flag.name))
                this->*flag.member = true;
        }
        for (const Time &time : kTimes) {
            if (!wire::equalsIgnoringCase(directive.name, time.name))
                continue;
            const bool isAny = !directive.argument && time.member == &CacheControl::maxStale;
            const std::int64_t said = isAny ? kLongest : seconds(directive.argument.value_or(""));
            this->*time.member = std::min((this->*time.member).value_or(kLongest), said);
        }
    }
}

CacheControl CacheControl::of(const wire::Http1Head &head) noexcept
{
    CacheControl control;
    if (!head.has(wire::KnownField::cacheControl))
        return control;
    for (std::size_t i = 0; i < head.fieldCount(); ++i) {
        if (head.id(i) == wire::KnownField::cacheControl)
            control.add(head.value(i));
    }
    return control;
}

} // namespace mainstay::cache
