// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/response_relay.h"

#include "cache/cache_control.h"
#include "http/cache_call.h"
#include "http/connection.h"
#include "http/fairness.h"
#include "http/listener.h"
#include "http/response_backlog.h"
#include "http/server.h"
#include "http/trailers.h"
#include "wire/http1_writer.h"

#include <algorithm>
#include <array>

namespace mainstay::http {

namespace {

// Up to this, copying content behind the head is cheaper than a second piece of memory in the system call.
constexpr std::size_t kCopied = std::size_t{16} * 1024;
constexpr std::size_t kChunkFraming = 20;
// Through a pipe at once.
constexpr std::size_t kPassed = std::size_t{1024} * 1024;

// That the content of the answer is put into.
wire::Coding codingFor(const Exchange &exchange)
{
    const wire::ResponseHead &head = exchange.upstreamHead;
    constexpr unsigned kPartial = 206;
    if (!exchange.route->config.compress || !head.body().hasBody() || head.status() == kPartial ||
        head.has(wire::KnownField::contentEncoding) ||
        (head.body().kind == wire::BodyFraming::Kind::length && head.body().length < kLeastCompressed))
        return wire::Coding::identity;
    if (cache::CacheControl::of(head).noTransform)
        return wire::Coding::identity;
    if (!isCompressible(head.find(wire::KnownField::contentType).value_or("")))
        return wire::Coding::identity;
    return wire::AcceptedCodings(exchange.head.find(wire::KnownField::acceptEncoding).value_or(""))
        .best(kCompressedCodings);
}

} // namespace

ResponseRelay::ResponseRelay(Exchange &exchange, UpstreamConnection &upstream, Milliseconds timeout)
    : m_exchange(exchange), m_upstream(upstream), m_client(exchange.connection->client()),
      m_out(exchange.connection->server().buffers()), m_timeout(timeout),
      m_clientTimeout(exchange.connection->listener().config().writeTimeout)
{}

bool ResponseRelay::begin()
{
    const wire::Coding coding = codingFor(m_exchange);
    const ResponseHeadWritten written = writeResponseHead(m_exchange, m_out.room(), coding);
    if (written.size == 0)
        return false;
    m_out.append(written.size);
    m_delivery = written.delivery;
    m_compressor = Compressor::make(coding);
    m_exchange.status = m_exchange.upstreamHead.status();
    return true;
}

engine::Task<bool> ResponseRelay::add(std::string_view content)
{
    if (m_exchange.caching)
        m_exchange.caching->add(content);
    return m_compressor ? compress(content, Compressor::Flush::none) : frame(content);
}

engine::Task<bool> ResponseRelay::compress(std::string_view content, Compressor::Flush flush)
{
    engine::Buffer coded(m_exchange.connection->server().buffers());
    for (bool isDone = false; !isDone;) {
        const Compressor::Step step = m_compressor->run(content, coded.room(), flush);
        content.remove_prefix(step.consumed);
        isDone = step.isDone;
        coded.append(step.produced);
        if (!coded.isEmpty()) {
            const bool framed = co_await frame(coded.view());
            if (!framed)
                co_return false;
            coded.clear();
        } else if (!isDone && step.consumed == 0) {
            co_return false; // it has failed
        }
    }
    m_isHeldBack = flush == Compressor::Flush::none;
    co_return true;
}

engine::Task<bool> ResponseRelay::frame(std::string_view content)
{
    m_exchange.bytesOut += content.size();
    if (content.size() + kChunkFraming > m_out.room().size()) {
        const bool sent = co_await sendOut(engine::Pieces{{m_out.view()}});
        if (!sent)
            co_return false;
    }
    std::array<char, 18> digits;
    std::string_view size;
    if (m_delivery == Delivery::chunked)
        size = {digits.data(), wire::writeChunkSize(content.size(), digits.data())};
    const std::string_view end = size.empty() ? "" : "\r\n";
    if (content.size() + kChunkFraming <= m_out.room().size()) {
        m_out.append(size);
        m_out.append(content);
        m_out.append(end);
        co_return true;
    }
    m_out.trim();
    co_return co_await sendOut(engine::Pieces{{size, content, end}});
}

engine::Task<bool> ResponseRelay::send(std::string_view content)
{
    if (m_exchange.caching)
        m_exchange.caching->add(content);
    if (m_compressor)
        return compress(content, Compressor::Flush::none);
    m_exchange.bytesOut += content.size();
    const bool copied = content.size() <= kCopied && !m_out.isEmpty() && content.size() <= m_out.room().size();
    if (copied)
        m_out.append(content);
    return sendOut(engine::Pieces{{m_out.view(), copied ? std::string_view{} : content}});
}

engine::Task<bool> ResponseRelay::flush()
{
    if (m_isHeldBack) {
        const bool compressed = co_await compress({}, Compressor::Flush::all);
        if (!compressed)
            co_return false;
    }
    co_return co_await sendOut(engine::Pieces{{m_out.view()}});
}

engine::Task<bool> ResponseRelay::sendOut(engine::Pieces pieces)
{
    if (pieces.size() == 0)
        co_return true;
    m_headSent = true;
    bool sent = false;
    if (m_exchange.backlog)
        sent = co_await m_exchange.backlog->send(pieces);
    else
        sent = (co_await m_client.send(pieces, m_clientTimeout)).ok();
    m_out.clear();
    co_return sent;
}

engine::Task<bool> ResponseRelay::finish(std::string_view trailers)
{
    if (m_compressor) {
        const bool compressed = co_await compress({}, Compressor::Flush::finally);
        if (!compressed)
            co_return false;
    }
    if (m_delivery != Delivery::chunked)
        co_return co_await sendOut(engine::Pieces{{m_out.view()}});
    std::string end(wire::kLastChunk);
    if (const std::string lines = trailersForClient(m_exchange, trailers); !lines.empty())
        end = "0\r\n" + lines + "\r\n";
    co_return co_await sendOut(engine::Pieces{{m_out.view(), end}});
}

engine::Task<engine::IoStatus> ResponseRelay::receive()
{
    if (m_upstream.in.isFull())
        m_upstream.in.compact();
    const engine::IoResult received = co_await m_upstream.socket.receive(m_upstream.in, m_timeout);
    if (note(received)) {
        co_await m_exchange.connection->server().loop().yield();
        if (m_exchange.connection->isAborted())
            co_return engine::IoStatus::cancelled;
    }
    co_return received.status;
}

bool ResponseRelay::note(const engine::IoResult &received)
{
    m_inARow += received.bytes;
    m_received = received.status;
    if (m_inARow < kMostInARow)
        return false;
    m_inARow = 0;
    return true;
}

bool ResponseRelay::mayPass() const noexcept
{
    return !m_compressor && !m_exchange.caching && !m_exchange.backlog && m_delivery == Delivery::asIs &&
           m_client.movesPipes() && m_upstream.socket.movesPipes();
}

engine::Task<Delivered> ResponseRelay::pass(engine::Pipe &pipe, std::uint64_t count)
{
    while (count > 0) {
        const std::size_t most = std::min<std::uint64_t>(count, kPassed);
        const engine::IoResult received = co_await m_upstream.socket.receive(pipe, most, m_timeout);
        if (note(received)) {
            co_await m_exchange.connection->server().loop().yield();
            if (m_exchange.connection->isAborted())
                co_return Delivered::clientGone;
        }
        if (!received.ok())
            co_return received.status == engine::IoStatus::cancelled ? Delivered::clientGone : cut();
        m_exchange.bytesOut += pipe.held();
        count -= pipe.held();
        const engine::IoResult sent = co_await m_client.send(pipe, m_clientTimeout);
        if (!sent.ok())
            co_return Delivered::clientGone;
    }
    if (m_upstream.socket.lookForNews())
        m_exchange.fault = UpstreamFault::excess;
    co_return Delivered::whole;
}

Delivered ResponseRelay::cut()
{
    m_exchange.fault = m_received == engine::IoStatus::ok         ? UpstreamFault::malformed
                       : m_received == engine::IoStatus::timedOut ? UpstreamFault::stalled
                                                                  : UpstreamFault::cut;
    if (!m_headSent) {
        m_exchange.status = 0;
        return Delivered::nothing;
    }
    // Without a reset an HTTP/1.0 client would take the part for the whole.
    m_client.resetOnClose();
    return Delivered::serverCut;
}

} // namespace mainstay::http
