// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/upstream_talk.h"

#include "engine/prefetch.h"
#include "http/answers.h"
#include "http/cache_call.h"
#include "http/connection.h"
#include "http/delivery.h"
#include "http/final_head.h"
#include "http/forwarded_head.h"
#include "http/listener.h"
#include "http/script_call.h"
#include "http/server.h"
#include "http/tunnel.h"

#include <algorithm>

namespace mainstay::http {

namespace {

// Some clients end their side as soon as they have asked, and wait for the answer. Who does so later has left.
constexpr Milliseconds kPromptEnd{1000};
constexpr unsigned kSwitching = 101;
// For the server to say whether it wants the body, of who asks it before (RFC 9110 section 10.1.1).
constexpr Milliseconds kInvitation{1000};

// A call may be quiet for as long as both sides like, and has time limits of its own.
bool isGrpc(const Exchange &exchange)
{
    return config::isHttp2(exchange.route->backend->config.protocol) &&
           exchange.head.find(wire::KnownField::contentType).value_or("").starts_with("application/grpc");
}

Milliseconds timeoutOf(const Exchange &exchange)
{
    const config::BackendConfig &config = exchange.route->backend->config;
    return isGrpc(exchange) ? config.tunnelTimeout : config.responseTimeout;
}

SteadyTime deadlineOf(const config::BackendConfig &backend, SteadyTime now)
{
    const Milliseconds total = backend.totalTimeout;
    return total > Milliseconds{0} ? now + total : SteadyTime::max();
}

// While it lives, the client's hang-up ends the wait for the server. The server's connection may be gone afterwards.
class HangUpWatch {
public:
    HangUpWatch(engine::Stream &client, engine::Stream &server) : m_client(client) { m_client.cancelOnHangUp(&server); }
    HangUpWatch(const HangUpWatch &) = delete;
    HangUpWatch &operator=(const HangUpWatch &) = delete;
    ~HangUpWatch() { m_client.cancelOnHangUp(nullptr); }

private:
    engine::Stream &m_client;
};

} // namespace

UpstreamTalk::UpstreamTalk(Exchange &exchange, ScriptCall *script)
    : m_exchange(exchange), m_connection(*exchange.connection), m_server(m_connection.server()), m_script(script),
      m_timeout(timeoutOf(exchange)), m_deadline(deadlineOf(exchange.route->backend->config, m_server.loop().now()))
{}

Milliseconds UpstreamTalk::patience(Milliseconds longest) const
{
    const SteadyTime now = m_server.loop().now();
    if (m_deadline - now >= longest)
        return longest;
    return std::max(std::chrono::duration_cast<Milliseconds>(m_deadline - now), Milliseconds{0});
}

bool UpstreamTalk::isTimeOver() const
{
    return patience(Milliseconds{1}) == Milliseconds{0};
}

engine::Task<Outcome> UpstreamTalk::run(const snapshot::Server &server, UpstreamConnection &upstream, bool &reusable)
{
    RequestBody &body = m_exchange.body;
    const bool stored = body.isStored();
    const bool whole = body.isWhole() && !stored;
    const bool chunked = body.framing().kind == wire::BodyFraming::Kind::chunked;
    m_uploading.emplace(m_exchange, upstream, m_timeout,
                        m_script  ? UploadFraming::records
                        : chunked ? UploadFraming::chunks
                                  : UploadFraming::none);
    {
        engine::Buffer out(m_server.buffers());
        const std::size_t size =
            m_script ? m_script->writeRequest(out.room()) : writeRequestHead(m_exchange, server, out.room());
        if (size == 0) {
            co_await answerStatus(m_exchange, 431);
            co_return Outcome::answered;
        }
        out.append(size);
        const engine::Pieces request{{out.view(), whole ? body.whole() : std::string_view{},
                                      whole && m_script ? wire::fastcgi::bodyEnd() : std::string_view{}}};
        const engine::IoResult sent = co_await upstream.socket.send(request, patience(m_timeout));
        if (sent.status == engine::IoStatus::timedOut && isTimeOver())
            co_return Outcome::timedOut;
        if (sent.status == engine::IoStatus::cancelled)
            co_return Outcome::clientGone;
        if (!sent.ok())
            co_return withoutAnswer(upstream, UpstreamFault::reset);
    }
    m_headHasCome = false;
    m_uploaded = whole ? Uploaded::whole : Uploaded::cut;
    if (!whole) {
        if (isGrpc(m_exchange))
            body.allowSilence(m_timeout);
        const bool waits = body.awaitsInvitation() && !m_script; // for the server's word
        if (!waits) {
            const bool begun = co_await beginUpload(upstream);
            if (!begun)
                co_return Outcome::clientGone;
        }
    }

    const HangUpWatch watch(m_connection.client(), upstream.socket);
    Outcome outcome = co_await receiveHead(upstream);
    // A connection that has ended on one side may wait for the rest of the answer. A stream does not.
    if (m_connection.carrier() != Carrier::stream)
        m_connection.client().cancelOnHangUp(nullptr);
    if (outcome == Outcome::answered)
        m_exchange.answeredAt = m_server.loop().now();
    if (outcome == Outcome::answered && m_exchange.upstreamHead.status() == kSwitching) {
        Tunnel tunnel(m_exchange, upstream, m_exchange.route->backend->config.tunnelTimeout);
        co_await tunnel.run();
        m_exchange.keepAlive = false;
        co_return outcome;
    }
    if (outcome == Outcome::answered && m_exchange.caching && m_exchange.caching->takesHead(m_script != nullptr)) {
        m_exchange.status = m_exchange.upstreamHead.status();
        if (!m_script)
            upstream.in.consume(m_exchange.upstreamHead.length());
        reusable = !m_exchange.upstreamHead.body().hasBody() && isFree(upstream);
        co_return outcome;
    }
    if (outcome == Outcome::answered) {
        m_exchange.keepAlive = whole || body.ended();
        m_headHasCome = true;
        if (m_upload.running() == 0)
            body.forgetStored(); // no other server will be asked
        Delivered delivered = Delivered::nothing;
        if (m_script) {
            delivered = co_await m_script->deliver(upstream, m_timeout);
        } else {
            Delivering delivering(m_exchange, upstream, m_timeout);
            delivered = co_await delivering.run();
        }
        if (delivered == Delivered::whole && m_exchange.caching)
            m_exchange.caching->takeEnd();
        if (whole && delivered != Delivered::nothing)
            body.consumeIfWhole(); // not before: another server may have to be sent it
        if (delivered == Delivered::nothing)
            outcome = Outcome::badResponse;
        else if (delivered == Delivered::serverCut)
            outcome = Outcome::cut;
        if (delivered != Delivered::whole)
            m_exchange.keepAlive = false;
        reusable = delivered == Delivered::whole && isFree(upstream);
        if (delivered == Delivered::whole && !m_script && !upstream.in.isEmpty())
            m_exchange.fault = UpstreamFault::excess;
    }
    m_connection.client().cancelOnHangUp(nullptr);
    if (m_upload.running() > 0) {
        // The answer did not wait for the whole request: the rest of it is not wanted any more.
        m_uploading->stop();
        reusable = false;
        m_connection.client().cancelReceive();
        upstream.socket.cancelSend();
        co_await m_upload.empty();
    }
    if (!body.ended() || m_uploaded != Uploaded::whole)
        reusable = false;
    // Of a body that was sent on in part, the rest may be anywhere.
    m_exchange.mustClose |= !whole && !body.ended();
    co_return outcome;
}

engine::Task<bool> UpstreamTalk::beginUpload(UpstreamConnection &upstream)
{
    const bool invited = co_await m_exchange.body.invite();
    if (invited)
        m_upload.start(upload(upstream));
    co_return invited;
}

engine::Task<Outcome> UpstreamTalk::receiveHead(UpstreamConnection &upstream)
{
    wire::ResponseHead &head = m_exchange.upstreamHead;
    head.reset();
    unsigned interim = 0;
    SteadyTime deadline = m_server.loop().now() + patience(m_timeout); // for all of the head, however slowly it drips
    for (;;) {
        if (const auto broken = bodyOutcome())
            co_return *broken;
        if (hasClientLeft())
            co_return Outcome::clientGone;
        const bool waits = m_exchange.body.awaitsInvitation() && !m_script;
        auto left = std::chrono::duration_cast<Milliseconds>(deadline - m_server.loop().now());
        if (waits)
            left = std::min(left, kInvitation);
        const engine::IoResult received =
            co_await upstream.socket.receive(upstream.in, std::max(left, Milliseconds{0}));
        m_exchange.prefetch();
        engine::prefetch(m_exchange.headBytes.data(), m_exchange.headBytes.size());
        if (received.status == engine::IoStatus::timedOut && waits && !isTimeOver()) {
            const bool begun = co_await beginUpload(upstream);
            if (!begun)
                co_return Outcome::clientGone;
            continue;
        }
        if (received.status == engine::IoStatus::timedOut && m_upload.running() > 0 && !isTimeOver()) {
            // The request is still on its way, with a time limit of its own.
            deadline = m_server.loop().now() + patience(m_timeout);
            continue;
        }
        if (!received.ok()) {
            if (const auto outcome = outcomeOf(upstream, received))
                co_return *outcome;
            continue;
        }
        wire::ParseStatus parsed = parseHead(upstream);
        while (parsed == wire::ParseStatus::complete && head.interim()) {
            if (++interim > kMostInterim)
                co_return Outcome::badResponse;
            const bool wanted = head.status() == 100 && m_exchange.body.awaitsInvitation();
            bool sent = false; // a choice of two tasks within co_await is more than GCC 12 can do
            if (wanted)
                sent = co_await beginUpload(upstream);
            else
                sent = co_await sendInterim();
            if (!sent)
                co_return Outcome::clientGone;
            upstream.in.consume(head.length());
            head.reset();
            parsed = upstream.in.isEmpty() ? wire::ParseStatus::needMore : parseHead(upstream);
        }
        if (parsed == wire::ParseStatus::complete && head.status() == kSwitching && !asksForUpgrade(m_exchange))
            co_return Outcome::badResponse;
        if (parsed == wire::ParseStatus::complete && awaitsBody(upstream))
            co_return co_await receiveBodyBegin(upstream);
        if (parsed == wire::ParseStatus::complete)
            co_return Outcome::answered;
        if (parsed != wire::ParseStatus::needMore)
            co_return m_script && m_script->overloaded() ? Outcome::unreachable : Outcome::badResponse;
        if (upstream.in.isFull())
            upstream.in.compact();
        if (upstream.in.isFull())
            co_return Outcome::badResponse;
    }
}

bool UpstreamTalk::awaitsBody(const UpstreamConnection &upstream) const
{
    const wire::ResponseHead &head = m_exchange.upstreamHead;
    return head.body().kind == wire::BodyFraming::Kind::length && head.body().length > 0 && !m_script &&
           upstream.in.size() == head.length() && !upstream.in.isFull();
}

engine::Task<Outcome> UpstreamTalk::receiveBodyBegin(UpstreamConnection &upstream)
{
    const SteadyTime deadline = m_server.loop().now() + patience(m_timeout);
    for (;;) {
        if (const auto broken = bodyOutcome())
            co_return *broken;
        if (hasClientLeft())
            co_return Outcome::clientGone;
        const auto left = std::chrono::duration_cast<Milliseconds>(deadline - m_server.loop().now());
        const engine::IoResult received =
            co_await upstream.socket.receive(upstream.in, std::max(left, Milliseconds{0}));
        if (received.ok())
            co_return Outcome::answered;
        const auto outcome = outcomeOf(upstream, received);
        if (outcome == Outcome::timedOut)
            m_exchange.fault = UpstreamFault::stalled;
        else if (outcome == Outcome::noResponse)
            m_exchange.fault = UpstreamFault::cut;
        if (outcome)
            co_return *outcome;
    }
}

std::optional<Outcome> UpstreamTalk::outcomeOf(const UpstreamConnection &upstream, const engine::IoResult &received)
{
    switch (received.status) {
    case engine::IoStatus::timedOut:
        return Outcome::timedOut;
    case engine::IoStatus::cancelled:
        if (!bodyOutcome() && !m_connection.isAborted() && m_connection.client().hasHungUp() && !hasClientLeft())
            return std::nullopt;
        return bodyOutcome().value_or(Outcome::clientGone);
    case engine::IoStatus::closed:
        return withoutAnswer(upstream, UpstreamFault::closed);
    default:
        return withoutAnswer(upstream, UpstreamFault::reset);
    }
}

Outcome UpstreamTalk::withoutAnswer(const UpstreamConnection &upstream, UpstreamFault fault)
{
    if (upstream.socket.isUntouched())
        return Outcome::unreachable; // the server has not seen it: another one can be asked
    m_exchange.fault = fault;
    return Outcome::noResponse;
}

wire::ParseStatus UpstreamTalk::parseHead(UpstreamConnection &upstream)
{
    if (m_script)
        return m_script->readHead(upstream.in);
    return m_exchange.upstreamHead.parse(upstream.in.view(), m_exchange.head.method());
}

bool UpstreamTalk::isFree(const UpstreamConnection &upstream) const
{
    if (!upstream.in.isEmpty())
        return false;
    if (m_script)
        return m_script->ended();
    const wire::ResponseHead &head = m_exchange.upstreamHead;
    return head.keepAlive() && head.body().kind != wire::BodyFraming::Kind::untilClose;
}

engine::Task<bool> UpstreamTalk::sendInterim()
{
    // The client has been told to continue already, or did not ask, and HTTP/1.0 knows none of them.
    if (m_exchange.upstreamHead.status() == 100 || m_exchange.head.minorVersion() == 0)
        co_return true;
    m_interimSent = true;
    engine::Buffer out(m_server.buffers());
    out.append(writeInterimHead(m_exchange, out.room()));
    const engine::IoResult sent =
        co_await m_connection.client().send(out.view(), m_connection.listener().config().writeTimeout);
    co_return sent.ok();
}

std::optional<Outcome> UpstreamTalk::bodyOutcome() const
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
    case RequestBody::Status::diskFull:
    case RequestBody::Status::notStored:
        break;
    }
    return Outcome::bodyFailed;
}

engine::Task<> UpstreamTalk::upload(UpstreamConnection &upstream)
{
    m_uploaded = co_await m_uploading->run();
    if (m_headHasCome)
        m_exchange.body.forgetStored();
    if (m_uploaded == Uploaded::bodyFailed || (m_uploaded == Uploaded::whole && hasClientLeft()))
        upstream.socket.cancelReceive();
}

bool UpstreamTalk::hasClientLeft() noexcept
{
    if (m_clientListens || !m_connection.client().hasHungUp())
        return false;
    if (m_connection.carrier() == Carrier::stream)
        return true;
    m_clientListens = m_exchange.body.hasMoreBehind() || m_server.loop().now() - m_exchange.begun < kPromptEnd;
    return !m_clientListens;
}

} // namespace mainstay::http
