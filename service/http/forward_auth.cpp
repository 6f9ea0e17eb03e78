// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/forward_auth.h"

#include "http/answers.h"
#include "http/connection.h"
#include "http/delivery.h"
#include "http/final_head.h"
#include "http/forwarded_head.h"
#include "http/forwarding_fields.h"
#include "http/server.h"
#include "http/upstream_greeting.h"
#include "http/upstream_talk.h"
#include "http/withheld_fields.h"
#include "wire/http1_writer.h"
#include "wire/http_chars.h"

#include <algorithm>
#include <vector>

namespace mainstay::http {

namespace {

using wire::KnownField;

constexpr unsigned kSwitching = 101;

bool isSent(const std::vector<std::string> &names, std::string_view name, KnownField id)
{
    if (names.empty())
        return id == KnownField::authorization || id == KnownField::cookie;
    return std::any_of(names.begin(), names.end(),
                       [name](const std::string &one) { return wire::equalsIgnoringCase(one, name); });
}

// The head of the question; 0 when it does not fit.
std::size_t writeQuestion(const Exchange &exchange, const snapshot::Server &server, std::span<char> out)
{
    const wire::RequestHead &request = exchange.head;
    const config::Protection &rules = exchange.route->guards->rules;
    wire::HeadWriter head(out);
    // An answer to HEAD has no body, as the client's must not have then.
    head.requestLine(request.method() == wire::Method::head ? "HEAD" : "GET", rules.authPath.path);
    head.field("Host", request.authority());
    for (std::size_t i = 0; i < request.fieldCount(); ++i) {
        if (isSent(rules.authSends, request.name(i), request.id(i)) && !request.hopByHop(i) &&
            !isForwarding(request.id(i)) && !isWithheld(exchange, request.name(i)))
            head.fieldLine(request.line(i));
    }
    head.field("X-Forwarded-Method", request.methodText());
    writeAskedUri(head, "X-Forwarded-Uri", exchange);
    writeForwarding(head, exchange);
    writeAdmission(head, exchange);
    if (!server.token.empty())
        head.field(wire::kTokenField, server.token);
    head.end();
    return head.ok() ? head.size() : 0;
}

// One question, to one server after another. Lives in the frame of askAuthority().
class Asking {
public:
    explicit Asking(Exchange &exchange)
        : m_exchange(exchange), m_connection(*exchange.connection), m_server(m_connection.server()),
          m_rules(exchange.route->guards->rules), m_authority(*exchange.route->guards->authority),
          m_deadline(m_server.loop().now() + Milliseconds(m_rules.authTimeout))
    {}

    engine::Task<Outcome> run();
    // After Outcome::answered: whether the answer was yes.
    [[nodiscard]] bool isGranted() const noexcept { return m_isGranted; }

private:
    engine::Task<Outcome> askOne(const snapshot::Server &server);
    engine::Task<Outcome> connect(const snapshot::Server &server, std::unique_ptr<UpstreamConnection> &upstream);
    engine::Task<Outcome> talk(const snapshot::Server &server, UpstreamConnection &upstream);
    engine::Task<Outcome> receiveHead(UpstreamConnection &upstream);
    engine::Task<Outcome> passOn(UpstreamConnection &upstream);
    // Takes what servers are to get, and the body, which says nothing, if it has come.
    void grant(UpstreamConnection &upstream);
    [[nodiscard]] Milliseconds left() const
    {
        return std::max(std::chrono::duration_cast<Milliseconds>(m_deadline - m_server.loop().now()), Milliseconds{0});
    }

    Exchange &m_exchange;
    Connection &m_connection;
    Server &m_server;
    const config::Protection &m_rules;
    const snapshot::Backend &m_authority;
    const SteadyTime m_deadline;
    bool m_isGranted = false;
    bool m_isReusable = false;
};

engine::Task<Outcome> Asking::run()
{
    std::vector<std::size_t> tried;
    Outcome outcome = Outcome::unreachable;
    for (;;) {
        const auto choice = m_server.upstreams().pick(m_authority, tried);
        if (!choice && tried.empty() && UpstreamPools::isFull(m_authority))
            outcome = Outcome::busy;
        if (!choice)
            break;
        outcome = co_await askOne(m_authority.servers[*choice]);
        const bool mayTryAnother = isUnasked(outcome) || outcome == Outcome::noResponse;
        if (!mayTryAnother || tried.size() >= m_authority.config.retries)
            break;
        tried.push_back(*choice);
    }
    co_return outcome;
}

engine::Task<Outcome> Asking::askOne(const snapshot::Server &server)
{
    shared_state::Traffic &traffic = server.cell->traffic[m_server.workerIndex()];
    traffic.inFlight.add(1);
    const SteadyTime begun = m_server.loop().now();
    std::unique_ptr<UpstreamConnection> upstream = m_server.upstreams().take(server);
    Outcome outcome = Outcome::noResponse;
    if (upstream)
        outcome = co_await talk(server, *upstream);
    if (outcome == Outcome::noResponse) { // one that rested may have been closed just now
        outcome = co_await connect(server, upstream);
        if (outcome == Outcome::answered)
            outcome = co_await talk(server, *upstream);
    }
    if (isServerError(outcome) && upstream)
        m_server.reportFailure(m_authority, server, upstream->socket);
    if (m_isReusable)
        m_server.upstreams().giveBack(m_authority, server, std::move(upstream));
    traffic.inFlight.subtract(1);
    if (outcome == Outcome::answered) {
        const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(m_server.loop().now() - begun);
        traffic.finished(m_exchange.upstreamHead.status(), 0, 0, static_cast<std::uint64_t>(spent.count()));
    }
    if (isServerError(outcome))
        traffic.errors.add(1);
    co_return outcome;
}

engine::Task<Outcome> Asking::connect(const snapshot::Server &server, std::unique_ptr<UpstreamConnection> &upstream)
{
    if (!server.endpoint)
        co_return Outcome::unreachable;
    const UpstreamGreeting greeting = greetingFor(m_exchange, m_authority.config);
    upstream = m_server.upstreams().begin(m_authority, server, viewOf(greeting));
    if (!upstream)
        co_return Outcome::unreachable;
    m_connection.setUpstream(&upstream->socket);
    const Milliseconds patience = std::min<Milliseconds>(m_authority.config.connectTimeout, left());
    const engine::IoResult connected = co_await upstream->socket.connected(patience);
    m_connection.setUpstream(nullptr);
    if (connected.ok())
        co_return Outcome::answered;
    if (connected.status == engine::IoStatus::cancelled)
        co_return Outcome::clientGone;
    co_return upstream->socket.failure().empty() ? Outcome::unreachable : Outcome::untrusted;
}

engine::Task<Outcome> Asking::talk(const snapshot::Server &server, UpstreamConnection &upstream)
{
    m_connection.setUpstream(&upstream.socket);
    Outcome outcome = Outcome::noResponse;
    {
        engine::Buffer out(m_server.buffers());
        out.append(writeQuestion(m_exchange, server, out.room()));
        if (out.isEmpty()) {
            m_connection.setUpstream(nullptr);
            co_return Outcome::badResponse;
        }
        const engine::IoResult sent = co_await upstream.socket.send(out.view(), left());
        if (sent.ok())
            outcome = Outcome::answered;
        else if (sent.status == engine::IoStatus::cancelled)
            outcome = Outcome::clientGone;
    }
    if (outcome == Outcome::answered)
        outcome = co_await receiveHead(upstream);
    if (outcome == Outcome::answered) {
        const unsigned status = m_exchange.upstreamHead.status();
        m_isGranted = status >= 200 && status <= 299;
        if (m_isGranted)
            grant(upstream);
        else
            outcome = co_await passOn(upstream);
    }
    m_connection.setUpstream(nullptr);
    co_return outcome;
}

engine::Task<Outcome> Asking::receiveHead(UpstreamConnection &upstream)
{
    wire::ResponseHead &head = m_exchange.upstreamHead;
    const wire::Method method = m_exchange.head.method() == wire::Method::head ? wire::Method::head : wire::Method::get;
    head.reset();
    FinalHead final;
    for (;;) {
        if (upstream.in.isFull())
            upstream.in.compact();
        if (upstream.in.isFull())
            co_return Outcome::badResponse;
        const engine::IoResult received = co_await upstream.socket.receive(upstream.in, left());
        if (received.status == engine::IoStatus::timedOut)
            co_return Outcome::timedOut;
        if (received.status == engine::IoStatus::cancelled)
            co_return Outcome::clientGone;
        if (!received.ok())
            co_return Outcome::noResponse;
        const wire::ParseStatus parsed = final.parse(upstream.in, head, method);
        if (parsed == wire::ParseStatus::complete)
            co_return head.status() == kSwitching ? Outcome::badResponse : Outcome::answered;
        if (parsed != wire::ParseStatus::needMore)
            co_return Outcome::badResponse;
    }
}

void Asking::grant(UpstreamConnection &upstream)
{
    const wire::ResponseHead &head = m_exchange.upstreamHead;
    std::string &granted = m_exchange.admitting().grantedFields;
    for (std::size_t i = 0; i < head.fieldCount(); ++i) {
        const bool isWanted =
            std::any_of(m_rules.authCopies.begin(), m_rules.authCopies.end(),
                        [&](const std::string &one) { return wire::equalsIgnoringCase(one, head.name(i)); });
        if (isWanted && !head.hopByHop(i))
            granted += std::string(head.line(i)) + "\r\n";
    }
    const wire::BodyFraming body = head.body();
    const bool keepAlive = head.keepAlive();
    const bool hasLength = !body.hasBody() || body.kind == wire::BodyFraming::Kind::length;
    const std::uint64_t length = body.hasBody() ? body.length : 0;
    upstream.in.consume(head.length());
    m_isReusable = keepAlive && hasLength && upstream.in.size() == length;
    upstream.in.clear();
}

engine::Task<Outcome> Asking::passOn(UpstreamConnection &upstream)
{
    const bool keepAlive = m_exchange.upstreamHead.keepAlive() &&
                           m_exchange.upstreamHead.body().kind != wire::BodyFraming::Kind::untilClose;
    m_exchange.keepAlive = m_exchange.body.isWhole();
    Delivering delivering(m_exchange, upstream, m_authority.config.responseTimeout);
    const Delivered delivered = co_await delivering.run();
    if (delivered == Delivered::nothing)
        co_return Outcome::badResponse;
    m_exchange.body.consumeIfWhole();
    if (delivered != Delivered::whole)
        m_exchange.keepAlive = false;
    m_isReusable = delivered == Delivered::whole && keepAlive && upstream.in.isEmpty();
    co_return delivered == Delivered::serverCut ? Outcome::cut : Outcome::answered;
}

unsigned statusFor(Outcome outcome)
{
    switch (outcome) {
    case Outcome::unreachable:
    case Outcome::busy:
        return 503;
    case Outcome::timedOut:
        return 504;
    case Outcome::untrusted:
    case Outcome::noResponse:
    case Outcome::badResponse:
        return 502;
    case Outcome::answered:
    case Outcome::cut:
    case Outcome::clientGone:
    case Outcome::bodyFailed:
        break;
    }
    return 0;
}

} // namespace

engine::Task<bool> askAuthority(Exchange &exchange)
{
    if (!exchange.route->guards->authority) {
        co_await answerStatus(exchange, 503);
        co_return false;
    }
    Asking asking(exchange);
    const Outcome outcome = co_await asking.run();
    if (outcome == Outcome::answered && asking.isGranted())
        co_return true;
    exchange.fault = faultOf(outcome);
    const unsigned status = statusFor(outcome);
    if (status != 0 && !exchange.answered())
        co_await answerStatus(exchange, status);
    else if (outcome != Outcome::answered)
        exchange.keepAlive = false;
    if (exchange.status == 401 || exchange.status == 403)
        exchange.site->cell()->refusals[exchange.connection->server().workerIndex()].unauthorized.add(1);
    co_return false;
}

} // namespace mainstay::http
