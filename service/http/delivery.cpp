// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/delivery.h"

#include "http/connection.h"
#include "http/listener.h"
#include "http/server.h"
#include "wire/http1_writer.h"

#include <algorithm>
#include <array>

namespace mainstay::http {

namespace {

// Up to this, copying content behind the head is cheaper than a second piece of memory in the system call.
constexpr std::size_t kCopied = std::size_t{16} * 1024;
constexpr std::size_t kChunkFraming = 20;
// Bytes after which others get a turn, when both ends are so fast that nothing is ever waited for.
constexpr std::size_t kMostInARow = std::size_t{512} * 1024;

} // namespace

Delivering::Delivering(Exchange &exchange, UpstreamConnection &upstream, Milliseconds timeout)
    : m_exchange(exchange), m_upstream(upstream), m_client(exchange.connection->client()),
      m_out(exchange.connection->server().buffers()), m_timeout(timeout),
      m_clientTimeout(exchange.connection->listener().config().writeTimeout)
{}

engine::Task<Delivered> Delivering::run()
{
    const ResponseHeadWritten written = writeResponseHead(m_exchange, m_out.room());
    if (written.size == 0)
        co_return Delivered::nothing;
    m_out.append(written.size);
    m_delivery = written.delivery;
    m_upstream.in.consume(m_exchange.upstreamHead.length());
    m_exchange.status = m_exchange.upstreamHead.status();
    switch (m_exchange.upstreamHead.body().kind) {
    case wire::BodyFraming::Kind::none: {
        const bool sent = co_await flush();
        co_return sent ? Delivered::whole : Delivered::clientGone;
    }
    case wire::BodyFraming::Kind::length:
        co_return co_await deliverLength();
    case wire::BodyFraming::Kind::chunked:
        co_return co_await deliverChunked();
    case wire::BodyFraming::Kind::untilClose:
        co_return co_await deliverUntilClose();
    }
    co_return Delivered::nothing;
}

engine::Task<Delivered> Delivering::deliverLength()
{
    engine::Buffer &in = m_upstream.in;
    std::uint64_t remaining = m_exchange.upstreamHead.body().length;
    for (;;) {
        const std::size_t count = std::min<std::uint64_t>(remaining, in.size());
        const std::string_view content = in.view().substr(0, count);
        const bool copied = count <= kCopied && !m_out.isEmpty() && count <= m_out.room().size();
        if (copied)
            m_out.append(content);
        const bool sent = co_await flush(copied ? std::string_view{} : content);
        if (!sent)
            co_return Delivered::clientGone;
        m_exchange.bytesOut += count;
        remaining -= count;
        in.consume(count);
        if (remaining == 0)
            co_return Delivered::whole;
        const engine::IoStatus received = co_await receive();
        if (received != engine::IoStatus::ok)
            co_return received == engine::IoStatus::cancelled ? Delivered::clientGone : cut();
    }
}

engine::Task<Delivered> Delivering::deliverChunked()
{
    engine::Buffer &in = m_upstream.in;
    for (;;) {
        while (!in.isEmpty()) {
            const wire::ChunkedDecoder::Step step = m_decoder.feed(in.view());
            if (step.status == wire::ParseStatus::malformed || step.status == wire::ParseStatus::tooLarge)
                co_return cut();
            if (!step.data.empty()) {
                const bool sent = co_await add(step.data);
                if (!sent)
                    co_return Delivered::clientGone;
            }
            in.consume(step.consumed);
            if (step.status == wire::ParseStatus::complete) {
                const bool sent =
                    co_await flush(m_delivery == Delivery::chunked ? wire::kLastChunk : std::string_view{});
                co_return sent ? Delivered::whole : Delivered::clientGone;
            }
        }
        const bool sent = co_await flush();
        if (!sent)
            co_return Delivered::clientGone;
        const engine::IoStatus received = co_await receive();
        if (received != engine::IoStatus::ok)
            co_return received == engine::IoStatus::cancelled ? Delivered::clientGone : cut();
    }
}

engine::Task<Delivered> Delivering::deliverUntilClose()
{
    engine::Buffer &in = m_upstream.in;
    for (;;) {
        if (!in.isEmpty()) {
            const bool added = co_await add(in.view());
            if (!added)
                co_return Delivered::clientGone;
            in.clear();
        }
        const bool sent = co_await flush();
        if (!sent)
            co_return Delivered::clientGone;
        const engine::IoStatus received = co_await receive();
        if (received == engine::IoStatus::closed) {
            const bool ended = co_await flush(m_delivery == Delivery::chunked ? wire::kLastChunk : std::string_view{});
            co_return ended ? Delivered::whole : Delivered::clientGone;
        }
        if (received != engine::IoStatus::ok)
            co_return received == engine::IoStatus::cancelled ? Delivered::clientGone : cut();
    }
}

engine::Task<bool> Delivering::add(std::string_view content)
{
    m_exchange.bytesOut += content.size();
    if (content.size() + kChunkFraming > m_out.room().size()) {
        const bool sent = co_await flush();
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
    const engine::IoResult sent = co_await m_client.send(engine::Pieces{{size, content, end}}, m_clientTimeout);
    co_return sent.ok();
}

engine::Task<bool> Delivering::flush(std::string_view behind)
{
    if (m_out.isEmpty() && behind.empty())
        co_return true;
    m_headSent = true;
    const engine::IoResult sent = co_await m_client.send(engine::Pieces{{m_out.view(), behind}}, m_clientTimeout);
    m_out.clear();
    co_return sent.ok();
}

engine::Task<engine::IoStatus> Delivering::receive()
{
    if (m_upstream.in.isFull())
        m_upstream.in.compact();
    const engine::IoResult received = co_await m_upstream.socket.receive(m_upstream.in, m_timeout);
    m_inARow += received.bytes;
    if (m_inARow >= kMostInARow) {
        m_inARow = 0;
        co_await m_exchange.connection->server().loop().yield();
        if (m_exchange.connection->isAborted())
            co_return engine::IoStatus::cancelled;
    }
    co_return received.status;
}

Delivered Delivering::cut()
{
    if (!m_headSent) {
        m_exchange.status = 0;
        return Delivered::nothing;
    }
    // Without a reset an HTTP/1.0 client would take the part for the whole.
    m_client.resetOnClose();
    return Delivered::serverCut;
}

} // namespace mainstay::http
