// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/proxy.h"

#include "http/answers.h"
#include "http/cache_call.h"
#include "http/caching.h"
#include "http/connection.h"
#include "http/gathering.h"
#include "http/response_backlog.h"
#include "http/script_call.h"
#include "http/server.h"
#include "http/upstream_greeting.h"
#include "http/upstream_talk.h"

#include <optional>
#include <vector>

namespace mainstay::http {

namespace {

// Counts a request as in flight on a server while it lives.
class InFlight {
public:
    explicit InFlight(Counter &gauge) : m_gauge(gauge) { m_gauge.add(1); }
    InFlight(const InFlight &) = delete;
    InFlight &operator=(const InFlight &) = delete;
    ~InFlight() { m_gauge.subtract(1); }

private:
    Counter &m_gauge;
};

// One request on its way. Lives in the frame of forward().
class Forwarding {
public:
    // `script`: for a backend that speaks FastCGI, else null.
    Forwarding(Exchange &exchange, ScriptCall *script)
        : m_exchange(exchange), m_connection(*exchange.connection), m_server(m_connection.server()),
          m_backend(*exchange.route->backend), m_script(script), m_talk(exchange, script)
    {}

    engine::Task<Outcome> attempt(const snapshot::Server &server);
    [[nodiscard]] bool mayRetry(Outcome outcome) const;
    // For another server, on top of that. What was not looked at costs nobody anything, and what a server has lost by
    // going down comes once.
    [[nodiscard]] bool takeRetry(Outcome outcome);
    engine::Task<> answerFailure(Outcome outcome);

    [[nodiscard]] shared_state::Traffic &trafficOf(const snapshot::Server &server) const
    {
        return server.cell->traffic[m_server.workerIndex()];
    }

private:
    engine::Task<Outcome> connect(const snapshot::Server &server, std::unique_ptr<UpstreamConnection> &upstream);

    Exchange &m_exchange;
    Connection &m_connection;
    Server &m_server;
    const snapshot::Backend &m_backend;
    ScriptCall *const m_script;
    UpstreamTalk m_talk;
    bool m_isLost = false; // by the server that was asked last, as it went down
};

bool Forwarding::mayRetry(Outcome outcome) const
{
    if (m_exchange.answered() || m_talk.interimSent() || m_talk.isTimeOver())
        return false;
    if (isUnasked(outcome))
        return m_exchange.body.untouched();
    return isServerError(outcome) && m_exchange.body.isAtHand() && wire::isIdempotent(m_exchange.head.method());
}

bool Forwarding::takeRetry(Outcome outcome)
{
    if (isUnasked(outcome) || m_isLost)
        return true;
    balance::RetryBudget &budget = m_server.upstreams().retryBudget(m_backend);
    return budget.takeRetry(m_server.loop().now(), m_backend.config.retryBudget);
}

engine::Task<> Forwarding::answerFailure(Outcome outcome)
{
    if (m_exchange.fault == UpstreamFault::none)
        m_exchange.fault = faultOf(outcome);
    unsigned status = 0;
    switch (outcome) {
    case Outcome::answered:
    case Outcome::cut:
    case Outcome::clientGone:
        break;
    case Outcome::unreachable:
    case Outcome::busy:
        status = 503;
        break;
    case Outcome::untrusted:
    case Outcome::noResponse:
    case Outcome::badResponse:
        status = 502;
        break;
    case Outcome::timedOut:
        status = 504;
        break;
    case Outcome::bodyFailed:
        status = statusFor(m_exchange.body.status());
        break;
    }
    if (status != 0 && !m_exchange.answered())
        co_await answerStatus(m_exchange, status);
    else
        m_exchange.keepAlive = false;
}

engine::Task<Outcome> Forwarding::attempt(const snapshot::Server &server)
{
    shared_state::Traffic &traffic = trafficOf(server);
    const InFlight inFlight(traffic.inFlight);
    const SteadyTime begun = m_server.loop().now();
    m_exchange.server = &server;
    m_exchange.askedAt = begun;
    m_exchange.connectedAt = {};
    m_exchange.fault = UpstreamFault::none;
    std::unique_ptr<UpstreamConnection> upstream = m_server.upstreams().take(server);
    Outcome outcome = Outcome::answered;
    bool reusable = false;
    for (bool again = true; again;) {
        const bool rested = upstream != nullptr;
        if (!rested)
            outcome = co_await connect(server, upstream);
        if (outcome == Outcome::answered) {
            m_connection.setUpstream(&upstream->socket);
            if (m_script)
                m_script->begin(server);
            outcome = co_await m_talk.run(server, *upstream, reusable);
            m_connection.setUpstream(nullptr);
        }
        // A connection that rested may have been closed just as the request went out, which says nothing against the
        // server: it is asked once more over a new one.
        const bool isStale = (outcome == Outcome::noResponse && m_exchange.fault != UpstreamFault::cut) ||
                             (upstream && upstream->isShared && upstream->socket.isUntouched());
        again = rested && isStale && mayRetry(outcome);
        if (again) {
            upstream = nullptr;
            outcome = Outcome::answered;
            m_exchange.fault = UpstreamFault::none;
        }
    }
    if (reusable)
        m_server.upstreams().giveBack(m_backend, server, std::move(upstream));
    if (m_exchange.answered()) {
        const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - begun);
        traffic.finished(m_exchange.status, m_exchange.body.received(), m_exchange.bytesOut,
                         static_cast<std::uint64_t>(spent.count()));
    }
    if (outcome == Outcome::answered && m_exchange.status < 500 && m_exchange.answeredAt >= begun)
        m_server.upstreams().noteAnswer(server);
    m_isLost = outcome == Outcome::noResponse && m_server.upstreams().noteLoss(server, begun);
    if (isServerError(outcome)) {
        traffic.errors.add(1);
        if (upstream)
            m_server.reportFailure(m_backend, server, upstream->socket);
    }
    co_return outcome;
}

engine::Task<Outcome> Forwarding::connect(const snapshot::Server &server, std::unique_ptr<UpstreamConnection> &upstream)
{
    const UpstreamGreeting greeting = greetingFor(m_exchange, m_backend.config);
    upstream = m_server.upstreams().begin(m_backend, server, viewOf(greeting));
    if (!upstream)
        co_return Outcome::unreachable;
    m_connection.setUpstream(&upstream->socket);
    const engine::IoResult connected =
        co_await upstream->socket.connected(m_talk.patience(m_backend.config.connectTimeout));
    m_connection.setUpstream(nullptr);
    if (connected.ok()) {
        m_exchange.connectedAt = m_server.loop().now();
        co_return Outcome::answered;
    }
    if (connected.status == engine::IoStatus::cancelled)
        co_return Outcome::clientGone;
    if (m_talk.isTimeOver())
        co_return Outcome::timedOut;
    co_return upstream->socket.failure().empty() ? Outcome::unreachable : Outcome::untrusted;
}

engine::Task<> forwardOver(Exchange &exchange, std::unique_ptr<ScriptCall> script)
{
    Server &self = exchange.connection->server();
    const snapshot::Backend &backend = *exchange.route->backend;
    shared_state::Traffic &traffic = backend.cell->traffic[self.workerIndex()];
    const InFlight inFlight(traffic.inFlight);
    Forwarding forwarding(exchange, script.get());
    std::optional<ResponseBacklog> backlog;
    if (buffersResponses(exchange))
        exchange.backlog = &backlog.emplace(exchange);
    std::vector<std::size_t> tried;
    Outcome outcome = Outcome::unreachable;
    self.upstreams().retryBudget(backend).addRequest(self.loop().now());
    if (exchange.route->mirror)
        self.mirrors().begin(exchange);
    auto choice = self.upstreams().pick(backend, tried);
    if (!choice && UpstreamPools::isFull(backend))
        outcome = Outcome::busy;
    while (choice) {
        const snapshot::Server &server = backend.servers[*choice];
        outcome = co_await forwarding.attempt(server);
        if (outcome == Outcome::answered || !forwarding.mayRetry(outcome) || tried.size() >= backend.config.retries)
            break;
        tried.push_back(*choice);
        choice = self.upstreams().pick(backend, tried);
        if (!choice || !forwarding.takeRetry(outcome))
            break;
        forwarding.trafficOf(server).retries.add(1);
        traffic.retries.add(1);
    }
    const bool isCovered =
        isServerError(outcome) && !exchange.answered() && exchange.caching && exchange.caching->takesFailure();
    if (outcome != Outcome::answered && !isCovered)
        co_await forwarding.answerFailure(outcome);
    if (isServerError(outcome))
        traffic.errors.add(1);
    if (exchange.caching)
        exchange.caching->settle();
    if (ResponseBacklog *const waiting = std::exchange(exchange.backlog, nullptr)) {
        const bool taken = co_await waiting->drained();
        exchange.keepAlive &= taken;
    }
    const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - exchange.begun);
    traffic.finished(exchange.status, exchange.body.received(), exchange.bytesOut,
                     static_cast<std::uint64_t>(spent.count()));
}

engine::Task<> gatherAndForward(Exchange &exchange)
{
    const bool gathered = co_await gatherBody(exchange);
    if (gathered)
        co_await forwardOver(exchange, nullptr);
}

engine::Task<> gatherAndForwardToScript(Exchange &exchange, ScriptPath script)
{
    const bool gathered = co_await gatherBody(exchange);
    if (gathered)
        co_await forwardOver(exchange, std::make_unique<ScriptCall>(exchange, std::move(script)));
}

engine::Task<> passToServer(Exchange &exchange)
{
    if (gathersBody(exchange))
        return gatherAndForward(exchange);
    return forwardOver(exchange, nullptr);
}

engine::Task<> passToScript(Exchange &exchange, ScriptPath script)
{
    if (gathersBody(exchange))
        return gatherAndForwardToScript(exchange, std::move(script));
    return forwardOver(exchange, std::make_unique<ScriptCall>(exchange, std::move(script)));
}

} // namespace

engine::Task<> passOn(Exchange &exchange, std::optional<ScriptPath> script)
{
    return script ? passToScript(exchange, std::move(*script)) : passToServer(exchange);
}

engine::Task<> forward(Exchange &exchange)
{
    return exchange.route->cache ? answerThroughCache(exchange, std::nullopt) : passToServer(exchange);
}

engine::Task<> forwardToScript(Exchange &exchange, ScriptPath script)
{
    if (exchange.route->cache)
        return answerThroughCache(exchange, std::move(script));
    return passToScript(exchange, std::move(script));
}

} // namespace mainstay::http
