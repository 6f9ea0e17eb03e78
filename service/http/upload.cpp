// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/upload.h"

#include "http/connection.h"
#include "http/server.h"
#include "wire/http1_writer.h"

#include <array>
#include <optional>

namespace mainstay::http {

namespace {

// Before others get a turn, when both ends are so fast that nothing is ever waited for.
constexpr std::size_t kMostInARow = std::size_t{512} * 1024;
// What handling a piece of a body costs, in bytes that could be passed on meanwhile.
constexpr std::size_t kCostOfPiece = 128;
// Chunks up to this are copied together, so that a client that sends tiny ones costs no system call for each.
constexpr std::size_t kGathered = std::size_t{4} * 1024;
constexpr std::size_t kChunkFraming = 20;

} // namespace

Uploading::Uploading(Exchange &exchange, UpstreamConnection &upstream, Milliseconds timeout)
    : m_exchange(exchange), m_upstream(upstream), m_gathered(exchange.connection->server().buffers()),
      m_timeout(timeout)
{}

engine::Task<Uploaded> Uploading::run()
{
    RequestBody &body = m_exchange.body;
    const bool chunked = body.framing().kind == wire::BodyFraming::Kind::chunked;
    for (std::size_t inARow = 0;;) {
        std::optional<RequestBody::Piece> piece = body.atHand();
        if (!piece) { // the client pauses: what it has sent is not to wait for what it has not
            const bool sent = co_await flush();
            if (!sent)
                co_return Uploaded::cut;
            piece = co_await body.next();
        }
        if (piece->status == RequestBody::Status::end)
            break;
        if (piece->status != RequestBody::Status::data)
            co_return Uploaded::bodyFailed;
        const bool sent = co_await pass(piece->bytes);
        if (!sent)
            co_return Uploaded::cut;
        inARow += piece->bytes.size() + kCostOfPiece;
        if (inARow >= kMostInARow) {
            inARow = 0;
            co_await m_exchange.connection->server().loop().yield();
            if (m_stopped || m_exchange.connection->isAborted())
                co_return Uploaded::cut;
        }
    }
    if (chunked)
        m_gathered.append(wire::kLastChunk); // for which pass() leaves room
    const bool sent = co_await flush();
    co_return sent ? Uploaded::whole : Uploaded::cut;
}

engine::Task<bool> Uploading::pass(std::string_view content)
{
    if (m_exchange.body.framing().kind != wire::BodyFraming::Kind::chunked) {
        const engine::IoResult sent = co_await m_upstream.socket.send(content, m_timeout);
        co_return sent.ok();
    }
    std::array<char, 18> digits;
    const std::string_view size(digits.data(), wire::writeChunkSize(content.size(), digits.data()));
    const bool small = content.size() <= kGathered;
    if (!small || m_gathered.room().size() < content.size() + 2 * kChunkFraming) {
        const bool sent = co_await flush();
        if (!sent)
            co_return false;
    }
    if (small) {
        m_gathered.append(size);
        m_gathered.append(content);
        m_gathered.append("\r\n");
        co_return true;
    }
    const engine::IoResult sent = co_await m_upstream.socket.send(engine::Pieces{{size, content, "\r\n"}}, m_timeout);
    co_return sent.ok();
}

engine::Task<bool> Uploading::flush()
{
    if (m_gathered.isEmpty()) {
        m_gathered.trim();
        co_return true;
    }
    const engine::IoResult sent = co_await m_upstream.socket.send(m_gathered.view(), m_timeout);
    m_gathered.clear();
    co_return sent.ok();
}

} // namespace mainstay::http
