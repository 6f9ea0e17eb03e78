// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/connection.h"

#include "http/answers.h"
#include "http/client_address.h"
#include "http/client_certificate.h"
#include "http/guards.h"
#include "http/http2_session.h"
#include "http/own_answers.h"
#include "http/proxy.h"
#include "http/request_id.h"
#include "http/request_logging.h"
#include "http/scripts.h"
#include "http/server.h"
#include "http/static_files.h"
#include "wire/http_path.h"

#include <algorithm>

namespace mainstay::http {

namespace {

// Pipelined requests served before others get a turn.
constexpr std::uint8_t kServedInARow = 16;
// Of a body nobody reads: read and dropped up to this, so that the client sees the answer.
constexpr std::size_t kLingerBytes = std::size_t{256} * 1024;
constexpr Milliseconds kLingerTime{2000};

} // namespace

Connection::Connection(Server &server, std::shared_ptr<Listener> listener, std::unique_ptr<engine::Stream> client,
                       const ClientEnds &ends, Carrier carrier)
    : m_server(server), m_listener(std::move(listener)), m_client(std::move(client)), m_in(server.buffers()),
      m_ends(ends), m_carrier(carrier)
{}

Connection::~Connection() = default;

void Connection::drain()
{
    m_draining = true;
    if (m_session)
        return m_session->drain();
    // What has come already is a request to answer, even if this loop has not looked yet.
    if (m_idle && !m_client->hasUnread())
        m_client->cancelReceive();
}

void Connection::retire()
{
    m_draining = true;
    if (m_session)
        m_session->drain();
}

void Connection::abort()
{
    m_draining = true;
    m_client->resetOnClose();
    m_client->abort();
    if (m_upstream)
        m_upstream->abort();
    if (m_pause)
        m_pause->wake();
}

void Connection::cutShort()
{
    if (m_idle)
        m_client->cancelReceive();
    else
        abort();
}

void Connection::setUpstream(engine::Stream *upstream) noexcept
{
    m_upstream = upstream;
    if (upstream && isAborted())
        upstream->abort();
}

const Endpoint &Connection::service() noexcept
{
    if (!m_ends.service)
        m_ends.service = m_client->localEndpoint();
    return *m_ends.service;
}

engine::Task<> Connection::serve()
{
    const Protocol protocol = co_await findProtocol();
    if (protocol == Protocol::http2)
        co_await serveHttp2();
    else if (protocol == Protocol::http1)
        co_await serveHttp1();
    if (m_carrier == Carrier::stream)
        co_await settle();
    else if (!isAborted() && (m_lingers || m_client->isEncrypted()))
        co_await linger();
    m_server.finished(*this); // *this is gone
}

Milliseconds Connection::timeUntil(SteadyTime deadline) const noexcept
{
    const auto left = std::chrono::duration_cast<Milliseconds>(deadline - m_server.loop().now());
    return std::max(left, Milliseconds{0});
}

engine::Task<Connection::Protocol> Connection::findProtocol()
{
    if (m_carrier == Carrier::stream)
        co_return Protocol::http1;
    const std::string_view preface = Http2Session::kPreface;
    const SteadyTime deadline = m_server.loop().now() + Milliseconds(m_listener->config().headTimeout);
    while (m_in.size() < preface.size()) {
        m_idle = m_in.isEmpty();
        const engine::IoResult received = co_await m_client->receive(m_in, timeUntil(deadline));
        m_idle = false;
        if (!received.ok())
            co_return m_in.isEmpty() ? Protocol::unknown : Protocol::http1;
        if (m_client->isEncrypted())
            co_return m_client->protocol() == "h2" ? Protocol::http2 : Protocol::http1;
        if (!preface.starts_with(m_in.view().substr(0, preface.size())))
            co_return Protocol::http1;
    }
    co_return Protocol::http2;
}

engine::Task<> Connection::serveHttp2()
{
    Http2Session session(*this);
    m_session = &session;
    if (m_draining)
        session.drain();
    co_await session.run(m_in);
    m_session = nullptr;
}

engine::Task<> Connection::serveHttp1()
{
    // A connection that says nothing at first is a slow head; one that has been served may rest for longer.
    SteadyTime deadline = m_server.loop().now() + Milliseconds(m_listener->config().headTimeout);
    for (;;) {
        // A line too many behind a request begins none (RFC 9112 section 2.2) and earns no time. It stays where it is:
        // only one is skipped, however they arrive.
        if (m_in.isEmpty() || m_in.view() == "\r\n") {
            if (m_draining)
                break;
            m_in.compact();
            m_idle = true;
            const engine::IoResult received = co_await m_client->receive(m_in, timeUntil(deadline));
            m_idle = false;
            m_servedInARow = 0;
            if (!received.ok())
                break;
            continue;
        }
        if (++m_servedInARow == kServedInARow) {
            m_servedInARow = 0;
            co_await m_server.loop().yield();
            if (isAborted())
                break;
        }
        const bool more = co_await serveRequest();
        if (!more || m_carrier == Carrier::stream)
            break;
        deadline = m_server.loop().now() + Milliseconds(m_listener->config().idleTimeout);
    }
    m_lingers |= !m_in.isEmpty();
}

engine::Task<> Connection::settle()
{
    m_client->shutdownSend();
    for (;;) {
        m_in.clear();
        const engine::IoResult received = co_await m_client->receive(m_in, m_listener->config().writeTimeout);
        if (!received.ok())
            break;
    }
}

engine::Task<> Connection::linger()
{
    m_client->shutdownSend();
    if (!m_lingers)
        co_return;
    const SteadyTime until = m_server.loop().now() + kLingerTime;
    for (std::size_t dropped = 0; dropped < kLingerBytes && m_server.loop().now() < until;) {
        m_in.clear();
        const engine::IoResult received = co_await m_client->receive(m_in, kLingerTime);
        if (!received.ok())
            break;
        dropped += received.bytes;
    }
}

engine::Task<bool> Connection::serveRequest()
{
    const ExchangePool::Lease lease = m_server.exchanges().take();
    Exchange &exchange = *lease;
    exchange.begin(*this);

    const wire::ParseStatus parsed = exchange.head.parse(m_in.view(), m_listener->config().maxHead);
    if (parsed != wire::ParseStatus::complete) {
        const HeadStatus status = co_await readHead(exchange, parsed);
        if (status != HeadStatus::complete) {
            if (status == HeadStatus::refused) {
                m_lingers = true;
                finish(exchange, m_in.view());
            }
            co_return false;
        }
    }
    exchange.headBytes = m_in.view().substr(0, exchange.head.length());
    exchange.head.rebase(exchange.headBytes.data());
    m_in.consume(exchange.headBytes.size());

    co_await answer(exchange);
    // What is left of the body would be taken for a request.
    if (!exchange.body.ended()) {
        exchange.keepAlive = false;
        m_lingers = true;
    }
    finish(exchange, m_in.view());
    co_return exchange.keepAlive;
}

engine::Task<Connection::HeadStatus> Connection::readHead(Exchange &exchange, wire::ParseStatus parsed)
{
    const SteadyTime deadline = exchange.begun + Milliseconds(m_listener->config().headTimeout);
    while (parsed == wire::ParseStatus::needMore) {
        m_in.compact(); // the largest head is smaller than a block
        const engine::IoResult received = co_await m_client->receive(m_in, timeUntil(deadline));
        if (received.status == engine::IoStatus::timedOut) {
            co_await answerStatus(exchange, 408);
            co_return HeadStatus::refused;
        }
        if (!received.ok())
            co_return HeadStatus::gone;
        parsed = exchange.head.parse(m_in.view(), m_listener->config().maxHead);
    }
    if (parsed == wire::ParseStatus::complete)
        co_return HeadStatus::complete;
    co_await answerStatus(exchange, wire::statusFor(exchange.head.error()));
    co_return HeadStatus::refused;
}

engine::Task<> Connection::answer(Exchange &exchange)
{
    const config::ListenerConfig &config = m_listener->config();
    const wire::RequestHead &head = exchange.head;
    if (!config.trustedProxies.empty())
        findClient(exchange);
    exchange.body.begin(*m_client, m_in, head.body(), head.expectContinue(), config.bodyTimeout);
    if (const unsigned refusal = statusFor(exchange.body.status()))
        return answerStatus(exchange, refusal);
    // Neither tunnels nor echoes, the second of which would show a script what its browser hides from it.
    if (head.method() == wire::Method::connect || head.method() == wire::Method::trace)
        return answerStatus(exchange, 501);
    if (head.targetForm() == wire::RequestHead::TargetForm::asterisk)
        return answerStatus(exchange, 204); // of the service as a whole there is nothing to say

    const std::string_view target = head.path().empty() ? "/" : head.path();
    exchange.path.resize(target.size());
    const auto path = wire::normalizePath(target, exchange.path);
    if (!path)
        return refuse(exchange);
    exchange.path.resize(path->size());

    const snapshot::Site *site = m_listener->current().hosts.find(head.host());
    if (!site)
        return answerStatus(exchange, 421);
    exchange.site = m_server.reader().pin(*site);
    if (site->config().requestId)
        giveRequestId(exchange);
    if (site->config().httpsOnly && !exchange.isSecure)
        return redirectToHttps(exchange);
    if (const unsigned refusal = refusalOf(*m_client, *site))
        return answerStatus(exchange, refusal);
    exchange.route = site->find({exchange.path, head, exchange.client});
    if (!exchange.route)
        return answerStatus(exchange, 404);
    const std::uint64_t own = exchange.route->config.maxBody;
    exchange.body.setLimit(own > 0 ? own : std::uint64_t{config.maxBody});
    if (const unsigned refusal = statusFor(exchange.body.status()))
        return answerStatus(exchange, refusal);
    return exchange.route->guards ? actIfAdmitted(exchange) : act(exchange);
}

engine::Task<> Connection::actIfAdmitted(Exchange &exchange)
{
    const bool admitted = co_await admit(exchange);
    if (admitted)
        co_await act(exchange);
}

engine::Task<> Connection::act(Exchange &exchange)
{
    if (exchange.route->config.answersItself())
        return answerOwn(exchange);
    if (!exchange.route->config.rewrite.empty() && !rewrite(exchange))
        return refuse(exchange);
    const snapshot::Backend *backend = exchange.route->backend.get();
    const bool isScripted = backend && backend->protocol == config::AppProtocol::fastcgi;
    if (backend && !isScripted)
        return forward(exchange);
    if (wire::hasEncodedSlash(exchange.head.path()))
        return refuse(exchange);
    return isScripted ? answerScript(exchange) : answerFile(exchange);
}

engine::Task<> Connection::refuse(Exchange &exchange)
{
    exchange.mustClose = true;
    m_lingers = true;
    return answerStatus(exchange, 400);
}

void Connection::noteRefused(std::string_view line, unsigned status, SteadyTime begun)
{
    const ExchangePool::Lease exchange = m_server.exchanges().take();
    exchange->begin(*this);
    exchange->begun = begun;
    exchange->status = status;
    finish(*exchange, line);
}

void Connection::finish(Exchange &exchange, std::string_view received)
{
    const SteadyTime end = SteadyClock::now();
    const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(end - exchange.begun);
    const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(spent.count(), 0));
    if (exchange.site)
        exchange.site->cell()->traffic[m_server.workerIndex()].finished(exchange.status, exchange.body.received(),
                                                                        exchange.bytesOut, micros);
    else
        m_listener->current().cell->unrouted[m_server.workerIndex()].add(1);
    logRequest(exchange, received, end);
}

} // namespace mainstay::http
