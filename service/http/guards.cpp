// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/guards.h"

#include "http/answers.h"
#include "http/basic_auth.h"
#include "http/client_address.h"
#include "http/connection.h"
#include "http/cors.h"
#include "http/forward_auth.h"
#include "http/rate_limit.h"
#include "http/server.h"

#include <algorithm>

namespace mainstay::http {

namespace {

bool isAllowed(const config::Protection &rules, const IpAddress &client)
{
    const auto isAmong = [&client](const std::vector<Network> &networks) {
        return std::any_of(networks.begin(), networks.end(),
                           [&client](const Network &one) { return one.contains(client); });
    };
    return !isAmong(rules.deny) && (rules.allow.empty() || isAmong(rules.allow));
}

// Takes a place among those that its client has under way. False when there are too many.
bool takePlace(Exchange &exchange)
{
    const snapshot::Guards &guards = *exchange.route->guards;
    if (!guards.clientCounts)
        return true;
    const std::uint64_t key =
        guards.clientCounts->key(guards.requestScope, clientKey(exchange.client, guards.ipv6Prefix));
    auto place = guards.clientCounts->enter(key, guards.rules.clientRequests);
    if (place)
        exchange.admitting().underWay = std::move(*place);
    return place.has_value();
}

} // namespace

engine::Task<bool> admit(Exchange &exchange)
{
    const snapshot::Guards &guards = *exchange.route->guards;
    shared_state::Refusals &refusals = exchange.site->cell()->refusals[exchange.connection->server().workerIndex()];
    share(exchange);
    if (!isAllowed(guards.rules, exchange.client)) {
        refusals.denied.add(1);
        co_await answerStatus(exchange, 403);
        co_return false;
    }
    if (const auto wait = countRequest(exchange); wait > std::chrono::nanoseconds(0)) {
        refusals.limited.add(1);
        const std::string field = retryAfter(wait);
        co_await answerStatus(exchange, 429, field);
        co_return false;
    }
    if (isPreflight(exchange)) {
        co_await answerPreflight(exchange);
        co_return false;
    }
    if (!takePlace(exchange)) {
        refusals.limited.add(1);
        co_await answerStatus(exchange, 429, "Retry-After: 1");
        co_return false;
    }
    if (guards.rules.hasUsers()) {
        const bool isKnown = co_await authenticate(exchange);
        if (!isKnown)
            co_return false;
    }
    if (guards.rules.hasAuthority())
        co_return co_await askAuthority(exchange);
    co_return true;
}

} // namespace mainstay::http
