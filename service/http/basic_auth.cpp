// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/basic_auth.h"

#include "http/answers.h"
#include "http/client_address.h"
#include "http/connection.h"
#include "http/rate_limit.h"
#include "http/server.h"
#include "wire/basic_credentials.h"

namespace mainstay::http {

namespace {

using Verdict = PasswordChecks::Verdict;

shared_state::Refusals &refusalsOf(const Exchange &exchange)
{
    return exchange.site->cell()->refusals[exchange.connection->server().workerIndex()];
}

engine::Task<> challenge(Exchange &exchange)
{
    refusalsOf(exchange).unauthorized.add(1);
    const std::string field = "WWW-Authenticate: Basic realm=\"" + exchange.route->guards->rules.realm +
                              "\", charset=\"UTF-8\""; // which holds no quotes
    co_await answerStatus(exchange, 401, field);
}

engine::Task<> answerLater(Exchange &exchange, unsigned status, std::chrono::nanoseconds wait)
{
    if (status == 429)
        refusalsOf(exchange).limited.add(1);
    const std::string field = retryAfter(wait);
    co_await answerStatus(exchange, status, field);
}

} // namespace

engine::Task<bool> authenticate(Exchange &exchange)
{
    const snapshot::Guards &guards = *exchange.route->guards;
    if (!guards.users) {
        co_await answerStatus(exchange, 503);
        co_return false;
    }
    const auto field = exchange.head.find(wire::KnownField::authorization);
    const auto credentials = wire::parseBasicCredentials(field.value_or(""));
    if (!credentials) {
        co_await challenge(exchange);
        co_return false;
    }
    PasswordChecks &checks = exchange.connection->server().passwords();
    if (!checks.remembers(*guards.users, *credentials)) {
        // Counted beforehand, so that a thousand guesses at the same time are no way around it.
        shared_state::RateTable &rates = *guards.rates;
        const auto key = rates.key(guards.logins.scope, clientKey(exchange.client, guards.ipv6Prefix));
        const auto wait = rates.take(key, guards.logins.rate, exchange.connection->server().loop().now());
        if (wait > std::chrono::nanoseconds(0)) {
            co_await answerLater(exchange, 429, wait);
            co_return false;
        }
        const Verdict verdict = co_await checks.check(guards.users, *credentials);
        if (verdict != Verdict::wrong)
            rates.giveBack(key, guards.logins.rate);
        if (verdict == Verdict::busy)
            co_await answerLater(exchange, 503, std::chrono::seconds(1));
        else if (verdict == Verdict::wrong)
            co_await challenge(exchange);
        if (verdict != Verdict::right)
            co_return false;
    }
    exchange.admitting().user = credentials->user;
    co_return true;
}

} // namespace mainstay::http
