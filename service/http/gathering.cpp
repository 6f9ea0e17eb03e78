// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/gathering.h"

#include "http/answers.h"
#include "http/connection.h"
#include "http/listener.h"
#include "http/own_answers.h"
#include "http/server.h"

namespace mainstay::http {

namespace {

// Bodies up to this are gathered, whoever the server is, where another one may be asked when it fails.
constexpr std::uint64_t kRepeated = std::uint64_t{16} << 20;

// Whether it can be sent once more if it is gathered, at a bounded cost.
bool isRepeatable(const Exchange &exchange)
{
    return wire::isIdempotent(exchange.head.method()) &&
           exchange.body.framing().kind == wire::BodyFraming::Kind::length &&
           exchange.body.framing().length <= kRepeated;
}

// Larger ones a server refuses by their length, and does not have to be sent.
bool isRefusedAnyway(const Exchange &exchange)
{
    const std::uint64_t largest = exchange.route->backend->largestBody;
    return largest > 0 && exchange.body.framing().length > largest;
}

// What a rewrite made of the path is undone, and what the route says by now is made of it.
bool renewRewrite(Exchange &exchange)
{
    if (!exchange.rewritten.empty()) {
        exchange.path = exchange.askedPath;
        exchange.rewritten.clear();
    }
    return exchange.route->config.rewrite.empty() || rewrite(exchange);
}

// Whether who has been let in by the one has been let in by the other, and is counted in the same place.
bool areGuardedAlike(const snapshot::Route &one, const snapshot::Route &other)
{
    if (!one.guards || !other.guards)
        return !one.guards && !other.guards;
    return one.guards->rules == other.guards->rules && one.guards->clientCounts == other.guards->clientCounts;
}

// The servers may be others by now. Where the path leads elsewhere altogether, to scripts that may be others, or
// to what others may ask for, what it led to is kept. False when the path cannot be what the route makes of it.
bool renewRoute(Exchange &exchange)
{
    const snapshot::Site *site = exchange.connection->listener().current().hosts.find(exchange.head.host());
    const std::string &path = exchange.rewritten.empty() ? exchange.path : exchange.askedPath;
    const snapshot::Route *route = site ? site->find({path, exchange.head, exchange.client}) : nullptr;
    if (!route || route == exchange.route || !route->backend || !areGuardedAlike(*route, *exchange.route) ||
        site->config().clientAuthorities != exchange.site->config().clientAuthorities ||
        site->clientTrust() != exchange.site->clientTrust())
        return true;
    const config::RouteConfig &before = exchange.route->config;
    const bool isScripted = exchange.route->backend->protocol == config::AppProtocol::fastcgi;
    if (route->backend->protocol != exchange.route->backend->protocol || route->config.root != before.root ||
        (isScripted && route->config.rewrite != before.rewrite))
        return true;
    exchange.site = exchange.connection->server().reader().pin(*site);
    exchange.route = route;
    return isScripted || renewRewrite(exchange);
}

// 0 when it can be gathered.
unsigned refusalOf(const RequestBody &body, const Spool *spool)
{
    const std::uint64_t most = spool ? spool->limit() : 0;
    return most > 0 && body.framing().length > most ? 413 : 0;
}

} // namespace

bool gathersBody(const Exchange &exchange)
{
    const snapshot::Route &route = *exchange.route;
    return config::isOn(route.config.requestBuffering, route.backend->buffers || isRepeatable(exchange)) &&
           !exchange.body.isWhole() && !isRefusedAnyway(exchange);
}

engine::Task<bool> gatherBody(Exchange &exchange)
{
    RequestBody &body = exchange.body;
    Spool *spool = exchange.connection->server().spool();
    unsigned refusal = refusalOf(body, spool);
    if (refusal == 0) {
        const bool invited = co_await body.invite();
        if (!invited)
            co_return false;
        co_await body.gather(spool);
        refusal = statusFor(body.status());
    }
    if (refusal == 0 && body.status() != RequestBody::Status::lost && !renewRoute(exchange))
        refusal = 400;
    if (refusal != 0)
        co_await answerStatus(exchange, refusal);
    co_return refusal == 0 && body.status() != RequestBody::Status::lost;
}

} // namespace mainstay::http
