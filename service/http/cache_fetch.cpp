// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/cache_fetch.h"

#include "http/cache_call.h"
#include "http/connection.h"
#include "http/proxy.h"
#include "http/server.h"
#include "http/silent_client.h"

#include <memory>
#include <string>
#include <utility>

namespace mainstay::http {

namespace {

using wire::KnownField;

// All that the fetch takes from the exchange that gave rise to it.
struct Order {
    std::string head;
    std::string path;
    std::string askedPath;
    std::string rewritten;
    std::size_t queryAt = 0;
    snapshot::Pin<snapshot::Site> site; // holds what follows
    const snapshot::Route *route = nullptr;
    IpAddress client;
    bool isSecure = false;
    bool fromProxy = false;
    std::unique_ptr<Admission> admission; // what servers see of it
    std::optional<ScriptPath> script;
    cache::Table::Found before;
    cache::Flights::Lead lead;
};

// The head of the client's request, without what asks for less than the whole answer.
std::string plainHead(const wire::RequestHead &head)
{
    std::string text = "GET ";
    text.append(head.target()).append(" HTTP/1.1\r\n");
    for (std::size_t i = 0; i < head.fieldCount(); ++i) {
        switch (head.id(i)) {
        case KnownField::range:
        case KnownField::ifRange:
        case KnownField::ifNoneMatch:
        case KnownField::ifModifiedSince:
        case KnownField::cacheControl:
        case KnownField::pragma:
        case KnownField::contentLength:
        case KnownField::expect:
            break;
        default:
            if (!head.hopByHop(i))
                text.append(head.line(i)).append("\r\n");
        }
    }
    return text.append("\r\n");
}

std::unique_ptr<Admission> shownToServers(const Admission *admission)
{
    if (!admission)
        return nullptr;
    auto shown = std::make_unique<Admission>();
    shown->requestId = admission->requestId;
    shown->user = admission->user;
    shown->grantedFields = admission->grantedFields;
    return shown;
}

// Runs on a connection of its own, which is gone with it.
engine::Task<> fetch(Connection &own, Order order)
{
    Server &server = own.server();
    {
        const ExchangePool::Lease lease = server.exchanges().take();
        Exchange &exchange = *lease;
        exchange.begin(own);
        exchange.headBytes = std::move(order.head);
        exchange.path = std::move(order.path);
        exchange.askedPath = std::move(order.askedPath);
        exchange.rewritten = std::move(order.rewritten);
        exchange.queryAt = order.queryAt;
        exchange.site = std::move(order.site);
        exchange.route = order.route;
        exchange.client = order.client;
        exchange.isSecure = order.isSecure;
        exchange.fromProxy = order.fromProxy;
        exchange.admission = std::move(order.admission);
        const bool isRight =
            exchange.head.parse(exchange.headBytes, wire::Http1Head::kMaxBytes) == wire::ParseStatus::complete;
        if (isRight) {
            exchange.body.begin(own.client(), own.received(), exchange.head.body(), false, Milliseconds{0});
            CacheCall call(exchange, order.before.entry);
            call.storeAnswer(order.before, std::move(order.lead));
            call.setSilent();
            exchange.caching = &call;
            co_await passOn(exchange, std::move(order.script));
            exchange.caching = nullptr;
        }
        order.before = {};
        order.lead.end();
    }
    server.finished(own);
}

} // namespace

void fetchBeside(const Exchange &exchange, const std::optional<ScriptPath> &script, const cache::Table::Found &before,
                 cache::Flights::Lead lead)
{
    Connection &connection = *exchange.connection;
    Server &server = connection.server();
    Order order;
    order.head = plainHead(exchange.head);
    order.path = exchange.path;
    order.askedPath = exchange.askedPath;
    order.rewritten = exchange.rewritten;
    order.queryAt = exchange.queryAt;
    order.site = server.reader().pin(*exchange.site);
    order.route = exchange.route;
    order.client = exchange.client;
    order.isSecure = exchange.isSecure;
    order.fromProxy = exchange.fromProxy;
    order.admission = shownToServers(exchange.admission.get());
    order.script = script;
    order.before = before;
    order.lead = std::move(lead);
    Connection &own = server.adoptOwn(connection, std::make_unique<SilentClient>(server.loop()));
    server.tasks().start(fetch(own, std::move(order)));
}

} // namespace mainstay::http
