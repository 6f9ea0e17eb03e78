// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/mirrors.h"

#include "http/connection.h"
#include "http/final_head.h"
#include "http/forwarded_head.h"
#include "http/upstream_greeting.h"
#include "wire/chunked_decoder.h"

#include <algorithm>

namespace mainstay::http {

namespace {

// Of an answer that is read only to use its connection again.
constexpr std::size_t kMostDropped = std::size_t{1} << 20;

} // namespace

Mirrors::Mirrors(engine::Loop &loop, UpstreamPools &upstreams, std::uint32_t worker, std::function<void()> onEmpty)
    : m_loop(loop), m_upstreams(upstreams), m_worker(worker), m_onEmpty(std::move(onEmpty)), m_random(worker + 1)
{}

bool Mirrors::isPicked(const Exchange &exchange)
{
    constexpr unsigned kAll = 100;
    const unsigned share = exchange.route->config.mirrorShare;
    return !m_stopped && exchange.route->mirror && !asksForUpgrade(exchange) &&
           (share >= kAll || m_random() % kAll < share);
}

void Mirrors::drop(const snapshot::Backend &backend)
{
    backend.cell->mirrorsDropped[m_worker].add(1);
}

void Mirrors::begin(Exchange &exchange)
{
    if (!isPicked(exchange))
        return;
    const RequestBody &body = exchange.body;
    const bool isWhole = body.isWhole() && !body.isStored();
    const snapshot::Backend &backend = *exchange.route->mirror;
    if (m_places >= kMostUnderWay || body.isStored() || body.framing().length > MirrorCopy::kMostBody)
        return drop(backend);
    engine::Buffer head(m_loop.buffers());
    head.append(writeRequestHead(exchange, snapshot::Server(), head.room()));
    if (head.isEmpty())
        return drop(backend);
    auto copy = std::make_unique<MirrorCopy>(m_places, exchange.route->mirror, head.view(), exchange.head.method(),
                                             !isWhole && body.framing().kind == wire::BodyFraming::Kind::chunked);
    copy->greeting = greetingFor(exchange, backend.config);
    if (!isWhole)
        exchange.mirror = std::move(copy);
    else if (copy->add(body.whole()))
        send(std::move(copy));
    else
        drop(backend);
}

void Mirrors::add(Exchange &exchange, std::string_view content)
{
    if (!exchange.mirror || exchange.mirror->add(content))
        return;
    drop(exchange.mirror->backend());
    exchange.mirror.reset();
}

void Mirrors::finish(Exchange &exchange)
{
    if (exchange.mirror)
        send(std::move(exchange.mirror));
}

void Mirrors::send(std::unique_ptr<MirrorCopy> copy)
{
    const snapshot::Backend &backend = copy->backend();
    const auto choice = m_stopped ? std::nullopt : m_upstreams.pick(backend, {});
    if (!choice)
        return drop(backend);
    const SteadyTime deadline = m_loop.now() + Milliseconds(backend.config.responseTimeout);
    const Place place = m_sending.insert(m_sending.end(), {std::move(copy), nullptr, deadline});
    m_tasks.start(run(place, backend.servers[*choice]));
}

engine::Task<> Mirrors::run(Place place, const snapshot::Server &server)
{
    Sending &sending = *place;
    const snapshot::Backend &backend = sending.copy->backend();
    shared_state::Traffic &traffic = server.cell->traffic[m_worker];
    shared_state::Traffic &sum = backend.cell->traffic[m_worker];
    traffic.inFlight.add(1);
    sum.inFlight.add(1);
    const SteadyTime begun = m_loop.now();
    const std::string request = sending.copy->takeRequest();
    sending.upstream = m_upstreams.take(server);
    bool answered = false;
    if (sending.upstream)
        answered = co_await ask(sending, request);
    if (!answered && !m_stopped && sending.status == 0) { // one that rested may have been closed just now
        const bool connected = co_await connect(sending, server);
        if (connected)
            answered = co_await ask(sending, request);
    }
    traffic.inFlight.subtract(1);
    sum.inFlight.subtract(1);
    if (answered) {
        const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(m_loop.now() - begun);
        const auto micros = static_cast<std::uint64_t>(spent.count());
        traffic.finished(sending.status, request.size(), 0, micros);
        sum.finished(sending.status, request.size(), 0, micros);
    } else {
        traffic.errors.add(1);
        sum.errors.add(1);
    }
    if (sending.reusable && !m_stopped)
        m_upstreams.giveBack(backend, server, std::move(sending.upstream));
    m_sending.erase(place); // and with it perhaps the backend
    if (m_sending.empty())
        m_onEmpty();
}

engine::Task<bool> Mirrors::connect(Sending &sending, const snapshot::Server &server)
{
    const Milliseconds patience = std::min<Milliseconds>(sending.copy->backend().config.connectTimeout, left(sending));
    sending.upstream = m_upstreams.begin(sending.copy->backend(), server, viewOf(sending.copy->greeting));
    if (!sending.upstream)
        co_return false;
    const engine::IoResult connected = co_await sending.upstream->socket.connected(patience);
    co_return connected.ok();
}

engine::Task<bool> Mirrors::ask(Sending &sending, std::string_view request)
{
    const engine::IoResult sent = co_await sending.upstream->socket.send(request, left(sending));
    if (!sent.ok())
        co_return false;
    wire::ResponseHead head;
    const bool come = co_await receiveHead(sending, head);
    if (!come)
        co_return false;
    sending.status = head.status();
    const wire::BodyFraming body = head.body();
    const bool keepAlive = head.keepAlive();
    sending.upstream->in.consume(head.length());
    const bool ended = co_await dropBody(sending, body);
    sending.reusable = ended && keepAlive && sending.upstream->in.isEmpty();
    co_return true;
}

engine::Task<bool> Mirrors::receiveHead(Sending &sending, wire::ResponseHead &head)
{
    UpstreamConnection &upstream = *sending.upstream;
    FinalHead final;
    for (;;) {
        if (upstream.in.isFull())
            co_return false;
        const engine::IoResult received = co_await upstream.socket.receive(upstream.in, left(sending));
        if (!received.ok())
            co_return false;
        const wire::ParseStatus parsed = final.parse(upstream.in, head, sending.copy->method());
        if (parsed != wire::ParseStatus::needMore)
            co_return parsed == wire::ParseStatus::complete;
    }
}

engine::Task<bool> Mirrors::dropBody(Sending &sending, const wire::BodyFraming &framing)
{
    using Kind = wire::BodyFraming::Kind;
    if (framing.kind == Kind::none)
        co_return true;
    if (framing.kind == Kind::untilClose)
        co_return false;
    engine::Buffer &in = sending.upstream->in;
    wire::ChunkedDecoder decoder;
    std::uint64_t remaining = framing.length;
    for (std::size_t dropped = 0; dropped <= kMostDropped;) {
        while (!in.isEmpty() && (framing.kind == Kind::chunked || remaining > 0)) {
            std::size_t size = std::min<std::uint64_t>(remaining, in.size());
            wire::ParseStatus status = wire::ParseStatus::needMore;
            if (framing.kind == Kind::chunked) {
                const wire::ChunkedDecoder::Step step = decoder.feed(in.view());
                size = step.consumed;
                status = step.status;
            } else {
                remaining -= size;
            }
            dropped += size;
            in.consume(size);
            if (status != wire::ParseStatus::needMore)
                co_return status == wire::ParseStatus::complete;
        }
        if (framing.kind == Kind::length && remaining == 0)
            co_return true;
        const engine::IoResult received = co_await sending.upstream->socket.receive(in, left(sending));
        if (!received.ok())
            co_return false;
    }
    co_return false;
}

Milliseconds Mirrors::left(const Sending &sending) const noexcept
{
    return std::max(std::chrono::duration_cast<Milliseconds>(sending.deadline - m_loop.now()), Milliseconds{0});
}

void Mirrors::stop()
{
    m_stopped = true;
    for (Sending &sending : m_sending) {
        if (sending.upstream)
            sending.upstream->socket.abort();
    }
}

} // namespace mainstay::http
