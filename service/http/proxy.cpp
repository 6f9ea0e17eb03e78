// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/proxy.h"

#include "engine/prefetch.h"
#include "engine/task_scope.h"
#include "http/answers.h"
#include "http/connection.h"
#include "http/delivery.h"
#include "http/forwarded_head.h"
#include "http/listener.h"
#include "http/server.h"
#include "http/upload.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace mainstay::http {

namespace {

// Some clients end their side as soon as they have asked, and wait for the answer. Who does so later has left.
constexpr Milliseconds kPromptEnd{1000};

enum class Outcome : std::uint8_t {
    answered,    // well or badly: the client has its answer, or is gone
    cut,         // the client has the beginning of an answer that the server broke off
    unreachable, // no connection: the request was not sent
    noResponse,  // sent, and nothing usable came back
    timedOut,    // sent, and nothing came back in time
    badResponse, // what came back is not HTTP, or too large
    clientGone,
    bodyFailed, // the client's body is at fault
};

// Whether the server is to blame.
bool isServerError(Outcome outcome)
{
    switch (outcome) {
    case Outcome::answered:
    case Outcome::clientGone:
    case Outcome::bodyFailed:
        return false;
    case Outcome::cut:
    case Outcome::unreachable:
    case Outcome::noResponse:
    case Outcome::timedOut:
    case Outcome::badResponse:
        break;
    }
    return true;
}

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
    explicit Forwarding(Exchange &exchange)
        : m_exchange(exchange), m_connection(*exchange.connection), m_server(m_connection.server()),
          m_backend(*exchange.route->backend)
    {}

    engine::Task<Outcome> attempt(const snapshot::Server &server);
    [[nodiscard]] bool mayRetry(Outcome outcome, bool bodyAtHand) const;
    engine::Task<> answerFailure(Outcome outcome);

    [[nodiscard]] shared_state::Traffic &trafficOf(const snapshot::Server &server) const
    {
        return server.cell->traffic[m_server.workerIndex()];
    }

private:
    engine::Task<Outcome> connect(const snapshot::Server &server, std::unique_ptr<UpstreamConnection> &upstream);
    // `reusable`: whether the connection can serve another request.
    engine::Task<Outcome> talk(const snapshot::Server &server, UpstreamConnection &upstream, bool &reusable);
    engine::Task<Outcome> receiveHead(UpstreamConnection &upstream);
    // Passes on what tells of the answer to come (RFC 9110 section 15.2). False when the client is gone.
    engine::Task<bool> sendInterim();
    [[nodiscard]] bool hasClientLeft() noexcept;
    // What the client's body means for the request; nothing while it is as it should be.
    [[nodiscard]] std::optional<Outcome> bodyOutcome() const;
    // Beside the reading of the answer, which it cuts short when that is not wanted any more.
    engine::Task<> upload(Uploading &uploading, UpstreamConnection &upstream);

    Exchange &m_exchange;
    Connection &m_connection;
    Server &m_server;
    const snapshot::Backend &m_backend;
    engine::TaskScope m_upload;
    bool m_interimSent = false;
    bool m_clientListens = false; // though it has ended its side
};

bool Forwarding::mayRetry(Outcome outcome, bool bodyAtHand) const
{
    if (m_exchange.answered() || m_interimSent)
        return false;
    if (outcome == Outcome::unreachable)
        return m_exchange.body.untouched();
    return isServerError(outcome) && bodyAtHand && wire::isIdempotent(m_exchange.head.method());
}

engine::Task<> Forwarding::answerFailure(Outcome outcome)
{
    unsigned status = 0;
    switch (outcome) {
    case Outcome::answered:
    case Outcome::cut:
    case Outcome::clientGone:
        break;
    case Outcome::unreachable:
        status = 503;
        break;
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
    const bool bodyAtHand = m_exchange.body.isWhole();
    std::unique_ptr<UpstreamConnection> upstream = m_server.upstreams().take(server);
    Outcome outcome = Outcome::answered;
    bool reusable = false;
    for (bool again = true; again;) {
        const bool rested = upstream != nullptr;
        if (!rested)
            outcome = co_await connect(server, upstream);
        if (outcome == Outcome::answered) {
            m_connection.setUpstream(&upstream->socket);
            outcome = co_await talk(server, *upstream, reusable);
            m_connection.setUpstream(nullptr);
        }
        // A connection that rested may have been closed just as the request went out, which says nothing against the
        // server: it is asked once more over a new one.
        again = rested && outcome == Outcome::noResponse && mayRetry(outcome, bodyAtHand);
        if (again) {
            upstream = nullptr;
            outcome = Outcome::answered;
        }
    }
    if (reusable)
        m_server.upstreams().giveBack(m_backend, server, std::move(upstream));
    if (m_exchange.answered()) {
        const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - begun);
        traffic.finished(m_exchange.status, m_exchange.body.received(), m_exchange.bytesOut,
                         static_cast<std::uint64_t>(spent.count()));
    }
    if (isServerError(outcome))
        traffic.errors.add(1);
    co_return outcome;
}

bool Forwarding::hasClientLeft() noexcept
{
    if (m_clientListens || !m_connection.client().hasHungUp())
        return false;
    m_clientListens = m_exchange.body.hasMoreBehind() || m_server.loop().now() - m_exchange.begun < kPromptEnd;
    return !m_clientListens;
}

engine::Task<Outcome> Forwarding::connect(const snapshot::Server &server, std::unique_ptr<UpstreamConnection> &upstream)
{
    upstream = std::make_unique<UpstreamConnection>(m_server.loop(), engine::Socket::startConnecting(*server.endpoint));
    m_connection.setUpstream(&upstream->socket);
    const engine::IoResult connected = co_await upstream->socket.connected(m_backend.config.connectTimeout);
    m_connection.setUpstream(nullptr);
    if (connected.ok())
        co_return Outcome::answered;
    co_return connected.status == engine::IoStatus::cancelled ? Outcome::clientGone : Outcome::unreachable;
}

engine::Task<Outcome> Forwarding::talk(const snapshot::Server &server, UpstreamConnection &upstream, bool &reusable)
{
    RequestBody &body = m_exchange.body;
    const bool whole = body.isWhole();
    Uploading uploading(m_exchange, upstream, m_backend.config.responseTimeout);
    {
        engine::Buffer out(m_server.buffers());
        const std::size_t size = writeRequestHead(m_exchange, server, out.room());
        if (size == 0) {
            co_await answerStatus(m_exchange, 431);
            co_return Outcome::answered;
        }
        out.append(size);
        const engine::Pieces request{{out.view(), whole ? body.whole() : std::string_view{}}};
        const engine::IoResult sent = co_await upstream.socket.send(request, m_backend.config.responseTimeout);
        if (!sent.ok())
            co_return sent.status == engine::IoStatus::cancelled ? Outcome::clientGone : Outcome::noResponse;
    }
    if (!whole) {
        const bool invited = co_await body.invite();
        if (!invited)
            co_return Outcome::clientGone;
        m_upload.start(upload(uploading, upstream));
    }

    m_connection.client().cancelOnHangUp(&upstream.socket);
    Outcome outcome = co_await receiveHead(upstream);
    m_connection.client().cancelOnHangUp(nullptr);
    if (outcome == Outcome::answered) {
        m_exchange.keepAlive = whole || body.ended();
        Delivering delivering(m_exchange, upstream, m_backend.config.responseTimeout);
        const Delivered delivered = co_await delivering.run();
        if (whole && delivered != Delivered::nothing)
            body.consumeIfWhole(); // not before: another server may have to be sent it
        if (delivered == Delivered::nothing)
            outcome = Outcome::badResponse;
        else if (delivered == Delivered::serverCut)
            outcome = Outcome::cut;
        if (delivered != Delivered::whole)
            m_exchange.keepAlive = false;
        reusable = delivered == Delivered::whole && m_exchange.upstreamHead.keepAlive() && upstream.in.isEmpty() &&
                   m_exchange.upstreamHead.body().kind != wire::BodyFraming::Kind::untilClose;
    }
    if (m_upload.running() > 0) {
        // The answer did not wait for the whole request: the rest of it is not wanted any more.
        uploading.stop();
        reusable = false;
        m_connection.client().cancelReceive();
        upstream.socket.cancelSend();
        co_await m_upload.empty();
    }
    if (!body.ended())
        reusable = false;
    // Of a body that was sent on in part, the rest may be anywhere.
    m_exchange.mustClose |= !whole && !body.ended();
    co_return outcome;
}

engine::Task<Outcome> Forwarding::receiveHead(UpstreamConnection &upstream)
{
    wire::ResponseHead &head = m_exchange.upstreamHead;
    head.reset();
    const Milliseconds timeout = m_backend.config.responseTimeout;
    SteadyTime deadline = m_server.loop().now() + timeout; // for all of the head, however slowly it drips
    for (;;) {
        if (const auto broken = bodyOutcome())
            co_return *broken;
        if (hasClientLeft())
            co_return Outcome::clientGone;
        const auto left = std::chrono::duration_cast<Milliseconds>(deadline - m_server.loop().now());
        const engine::IoResult received =
            co_await upstream.socket.receive(upstream.in, std::max(left, Milliseconds{0}));
        m_exchange.prefetch();
        engine::prefetch(m_exchange.headBytes.data(), m_exchange.headBytes.size());
        if (received.status == engine::IoStatus::timedOut && m_upload.running() > 0) {
            deadline = m_server.loop().now() + timeout; // the request is still on its way, with a time limit of its own
            continue;
        }
        if (received.status == engine::IoStatus::timedOut)
            co_return Outcome::timedOut;
        if (received.status == engine::IoStatus::cancelled) {
            const bool hungUp = !bodyOutcome() && !m_connection.isAborted() && m_connection.client().hasHungUp();
            if (hungUp && !hasClientLeft())
                continue;
            co_return bodyOutcome().value_or(Outcome::clientGone);
        }
        if (!received.ok())
            co_return Outcome::noResponse;
        wire::ParseStatus parsed = head.parse(upstream.in.view(), m_exchange.head.method());
        while (parsed == wire::ParseStatus::complete && head.interim()) {
            const bool sent = co_await sendInterim();
            if (!sent)
                co_return Outcome::clientGone;
            upstream.in.consume(head.length());
            head.reset();
            parsed = upstream.in.isEmpty() ? wire::ParseStatus::needMore
                                           : head.parse(upstream.in.view(), m_exchange.head.method());
        }
        if (parsed == wire::ParseStatus::complete)
            co_return head.status() == 101 ? Outcome::badResponse : Outcome::answered;
        if (parsed != wire::ParseStatus::needMore)
            co_return Outcome::badResponse;
        if (upstream.in.isFull())
            upstream.in.compact();
        if (upstream.in.isFull())
            co_return Outcome::badResponse;
    }
}

engine::Task<bool> Forwarding::sendInterim()
{
    // The client has been told to continue already, and HTTP/1.0 knows none of them.
    if (m_exchange.upstreamHead.status() == 100 || m_exchange.head.minorVersion() == 0)
        co_return true;
    m_interimSent = true;
    engine::Buffer out(m_server.buffers());
    out.append(writeInterimHead(m_exchange, out.room()));
    const engine::IoResult sent =
        co_await m_connection.client().send(out.view(), m_connection.listener().config().writeTimeout);
    co_return sent.ok();
}

std::optional<Outcome> Forwarding::bodyOutcome() const
{
    switch (m_exchange.body.status()) {
    case RequestBody::Status::data:
    case RequestBody::Status::end:
        return std::nullopt;
    case RequestBody::Status::lost:
        return Outcome::clientGone;
    case RequestBody::Status::malformed:
    case RequestBody::Status::tooLarge:
    case RequestBody::Status::timedOut:
        break;
    }
    return Outcome::bodyFailed;
}

engine::Task<> Forwarding::upload(Uploading &uploading, UpstreamConnection &upstream)
{
    const Uploaded uploaded = co_await uploading.run();
    if (uploaded == Uploaded::bodyFailed || (uploaded == Uploaded::whole && hasClientLeft()))
        upstream.socket.cancelReceive();
}

} // namespace

engine::Task<> forward(Exchange &exchange)
{
    Server &self = exchange.connection->server();
    const snapshot::Backend &backend = *exchange.route->backend;
    shared_state::Traffic &traffic = backend.cell->traffic[self.workerIndex()];
    const InFlight inFlight(traffic.inFlight);
    Forwarding forwarding(exchange);
    std::vector<std::size_t> tried;
    Outcome outcome = Outcome::unreachable;
    for (;;) {
        const auto choice = self.upstreams().pick(backend, tried);
        if (!choice)
            break;
        const snapshot::Server &server = backend.servers[*choice];
        const bool bodyAtHand = exchange.body.isWhole();
        outcome = co_await forwarding.attempt(server);
        if (outcome == Outcome::answered || !forwarding.mayRetry(outcome, bodyAtHand) ||
            tried.size() >= backend.config.retries)
            break;
        tried.push_back(*choice);
        forwarding.trafficOf(server).retries.add(1);
        traffic.retries.add(1);
    }
    if (outcome != Outcome::answered)
        co_await forwarding.answerFailure(outcome);
    if (isServerError(outcome))
        traffic.errors.add(1);
    const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - exchange.begun);
    traffic.finished(exchange.status, exchange.body.received(), exchange.bytesOut,
                     static_cast<std::uint64_t>(spent.count()));
}

} // namespace mainstay::http
