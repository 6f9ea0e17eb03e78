// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/rate_limit.h"

#include "http/client_address.h"
#include "http/connection.h"
#include "http/server.h"
#include "wire/http_chars.h"

#include <optional>
#include <string_view>

namespace mainstay::http {

namespace {

using Key = config::RateLimit::Key;

// The value of a cookie, as it is written (RFC 6265 section 4.2.1).
std::optional<std::string_view> cookieOf(const wire::RequestHead &head, std::string_view name)
{
    for (std::size_t i = 0; i < head.fieldCount(); ++i) {
        if (head.id(i) != wire::KnownField::cookie)
            continue;
        for (std::string_view rest = head.value(i); !rest.empty();) {
            const std::string_view pair = wire::trimBlanks(rest.substr(0, rest.find(';')));
            rest.remove_prefix(std::min(rest.find(';'), rest.size() - 1) + 1);
            if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
                return pair.substr(name.size() + 1);
        }
    }
    return std::nullopt;
}

std::optional<std::string_view> namedValue(const wire::RequestHead &head, const config::RateLimit &limit)
{
    if (limit.key == Key::header)
        return head.find(limit.name);
    return limit.key == Key::cookie ? cookieOf(head, limit.name) : std::nullopt;
}

} // namespace

std::chrono::nanoseconds countRequest(Exchange &exchange)
{
    const snapshot::Guards &guards = *exchange.route->guards;
    const SteadyTime now = exchange.connection->server().loop().now();
    for (const snapshot::CountedLimit &one : guards.limits) {
        const auto value = namedValue(exchange.head, one.limit);
        // What a client sends is never what stands for an address: these begin with "4" or "6".
        const std::string text = value ? '=' + std::string(*value) : clientKey(exchange.client, guards.ipv6Prefix);
        const auto wait = guards.rates->take(guards.rates->key(one.scope, text), one.rate, now);
        if (wait > std::chrono::nanoseconds(0))
            return wait;
    }
    return std::chrono::nanoseconds(0);
}

std::string retryAfter(std::chrono::nanoseconds wait)
{
    return "Retry-After: " + std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count());
}

} // namespace mainstay::http
