// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/connection.h"

#include "http/answers.h"
#include "http/proxy.h"
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

Connection::Connection(Server &server, std::shared_ptr<Listener> listener, std::unique_ptr<engine::Socket> client,
                       const IpAddress &peer)
    : m_server(server), m_listener(std::move(listener)), m_client(std::move(client)), m_in(server.buffers()),
      m_peer(peer)
{
}

Connection::~Connection() = default;

void Connection::drain()
{
    m_draining = true;
    if (m_idle)
        m_client->cancelReceive();
}

void Connection::abort()
{
    m_draining = true;
    m_client->resetOnClose();
    m_client->cancel();
    if (m_upstream)
        m_upstream->cancel();
}

engine::Task<> Connection::serve()
{
    // A connection that says nothing at first is a slow head; one that has been served may rest for longer.
    Milliseconds patience = m_listener->config().headTimeout;
    for (;;) {
        if (m_in.isEmpty()) {
            if (m_draining)
                break;
            m_idle = true;
            const engine::IoResult received = co_await m_client->receive(m_in, patience);
            m_idle = false;
            m_servedInARow = 0;
            if (!received.ok())
                break;
        } else if (++m_servedInARow == kServedInARow) {
            m_servedInARow = 0;
            co_await m_server.loop().yield();
        }
        const bool more = co_await serveRequest();
        if (!more)
            break;
        patience = m_listener->config().idleTimeout;
    }
    if (m_lingers || m_client->isEncrypted() || !m_in.isEmpty())
        co_await linger();
    m_server.finished(*this); // *this is gone
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
    exchange.connection = this;
    exchange.begun = m_server.loop().now();

    wire::ParseStatus parsed = exchange.head.parse(m_in.view(), m_listener->config().maxHead);
    if (parsed != wire::ParseStatus::complete) {
        const HeadStatus status = co_await readHead(exchange);
        if (status != HeadStatus::complete) {
            if (status == HeadStatus::refused) {
                m_lingers = true;
                finish(exchange);
            }
            co_return false;
        }
    }
    // The head keeps the block it came in; what follows it is the body or the next request.
    exchange.headBytes = std::move(m_in);
    exchange.head.rebase(exchange.headBytes.data());
    const std::string_view rest = exchange.headBytes.view().substr(exchange.head.length());
    if (!rest.empty())
        m_in.append(rest);

    co_await answer(exchange);
    // What is left of the body would be taken for a request.
    if (!exchange.body.ended()) {
        exchange.keepAlive = false;
        m_lingers = true;
    }
    finish(exchange);
    co_return exchange.keepAlive;
}

engine::Task<Connection::HeadStatus> Connection::readHead(Exchange &exchange)
{
    const SteadyTime deadline = exchange.begun + Milliseconds(m_listener->config().headTimeout);
    for (;;) {
        const std::size_t limit = m_listener->config().maxHead;
        exchange.head.rebase(m_in.data());
        wire::ParseStatus parsed = exchange.head.parse(m_in.view(), limit);
        if (parsed == wire::ParseStatus::complete)
            co_return HeadStatus::complete;
        if (parsed == wire::ParseStatus::needMore && m_in.isFull()) {
            m_in.compact();
            exchange.head.rebase(m_in.data());
            if (m_in.isFull())
                parsed = wire::ParseStatus::tooLarge;
        }
        if (parsed != wire::ParseStatus::needMore) {
            co_await answerStatus(exchange, wire::statusFor(exchange.head.error()));
            co_return HeadStatus::refused;
        }
        const auto left = std::chrono::duration_cast<Milliseconds>(deadline - m_server.loop().now());
        const engine::IoResult received = co_await m_client->receive(m_in, std::max(left, Milliseconds{0}));
        if (received.status == engine::IoStatus::timedOut) {
            co_await answerStatus(exchange, 408);
            co_return HeadStatus::refused;
        }
        if (!received.ok())
            co_return HeadStatus::gone;
    }
}

engine::Task<> Connection::answer(Exchange &exchange)
{
    const config::ListenerConfig &config = m_listener->config();
    const wire::RequestHead &head = exchange.head;
    exchange.body.begin(*m_client, m_in, head.body(), head.expectContinue(), config.maxBody, config.bodyTimeout);
    if (exchange.body.status() == RequestBody::Status::tooLarge)
        co_return co_await answerStatus(exchange, 413);

    const std::string_view target = head.path().empty() ? "/" : head.path();
    exchange.path.resize(target.size());
    const auto path = wire::normalizePath(target, exchange.path);
    if (!path)
        co_return co_await answerStatus(exchange, 400);
    exchange.path.resize(path->size());

    const snapshot::Site *site = m_listener->current().hosts.find(head.host());
    if (!site)
        co_return co_await answerStatus(exchange, 421);
    exchange.site = m_server.reader().pin(*site);
    exchange.route = site->find(exchange.path);
    if (!exchange.route)
        co_return co_await answerStatus(exchange, 404);
    if (exchange.route->backend)
        co_return co_await forward(exchange);
    co_return co_await answerFile(exchange);
}

void Connection::finish(Exchange &exchange)
{
    const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - exchange.begun);
    const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(spent.count(), 0));
    if (exchange.site)
        exchange.site->cell()->traffic[m_server.workerIndex()].finished(exchange.status, exchange.body.received(),
                                                                         exchange.bytesOut, micros);
    logs::AccessLane *lane = m_server.accessLane();
    if (!lane || (exchange.site && !exchange.site->config().accessLog))
        return;
    const wire::RequestHead &head = exchange.head;
    const bool parsed = head.error() == wire::Http1Error::none && !exchange.headBytes.isEmpty();
    logs::AccessRecord record;
    record.client = m_peer;
    record.status = exchange.status == 0 ? 499 : exchange.status; // the client was gone before the answer
    record.bytes = exchange.bytesOut;
    if (parsed) {
        record.method = head.methodText();
        record.target = head.target();
        record.protocol = head.minorVersion() == 0 ? "HTTP/1.0" : "HTTP/1.1";
        record.referer = head.find(wire::KnownField::referer).value_or("");
        record.userAgent = head.find(wire::KnownField::userAgent).value_or("");
    }
    lane->append(record, Server::wallSeconds());
}

} // namespace mainstay::http
