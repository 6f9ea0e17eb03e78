// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/upload.h"

#include "http/connection.h"
#include "http/fairness.h"
#include "http/server.h"
#include "http/trailers.h"
#include "wire/fastcgi.h"
#include "wire/http1_writer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace mainstay::http {

namespace {

// What handling a piece of a body costs, in bytes that could be passed on meanwhile.
constexpr std::size_t kCostOfPiece = 128;
// Pieces up to this are copied together, so that a client that sends tiny chunks costs no system call for each.
constexpr std::size_t kGathered = std::size_t{4} * 1024;
constexpr std::size_t kFraming = 20;
// Content of a record of a stored body: whole pages.
constexpr std::uint64_t kStoredRecord = std::uint64_t{60} * 1024;
static_assert(kStoredRecord <= wire::fastcgi::kMaxContent);
static_assert(kFraming >= wire::fastcgi::kHeaderSize);

// What goes before a piece of this size; returns its length.
std::size_t writeFraming(UploadFraming framing, std::size_t size, std::span<char, 18> out)
{
    if (framing == UploadFraming::chunks)
        return wire::writeChunkSize(size, out.data());
    const auto header = wire::fastcgi::bodyHeader(size);
    std::copy(header.begin(), header.end(), out.begin());
    return header.size();
}

} // namespace

Uploading::Uploading(Exchange &exchange, UpstreamConnection &upstream, Milliseconds timeout, UploadFraming framing)
    : m_exchange(exchange), m_upstream(upstream), m_gathered(exchange.connection->server().buffers()),
      m_timeout(timeout), m_framing(framing)
{}

engine::Task<Uploaded> Uploading::run()
{
    RequestBody &body = m_exchange.body;
    if (body.isStored())
        co_return co_await runStored();
    for (std::size_t inARow = 0;;) {
        std::optional<RequestBody::Piece> piece = body.atHand();
        if (!piece) { // the client pauses: what it has sent is not to wait for what it has not
            const bool sent = co_await flush();
            if (!sent)
                co_return Uploaded::cut;
            piece = co_await body.next();
        }
        if (piece->status == RequestBody::Status::end) {
            m_exchange.connection->server().mirrors().finish(m_exchange);
            break;
        }
        if (piece->status != RequestBody::Status::data)
            co_return Uploaded::bodyFailed;
        if (m_exchange.mirror)
            m_exchange.connection->server().mirrors().add(m_exchange, piece->bytes);
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
    const std::string trailers =
        m_framing == UploadFraming::chunks ? trailersForServer(m_exchange, body.trailers()) : std::string();
    if (!trailers.empty()) {
        const bool made = co_await flush(); // room for them
        if (!made)
            co_return Uploaded::cut;
        m_gathered.append("0\r\n");
        m_gathered.append(trailers);
        m_gathered.append("\r\n");
    } else if (m_framing != UploadFraming::none) { // pass() leaves room for this
        m_gathered.append(m_framing == UploadFraming::chunks ? wire::kLastChunk : wire::fastcgi::bodyEnd());
    }
    const bool sent = co_await flush();
    co_return sent ? Uploaded::whole : Uploaded::cut;
}

engine::Task<Uploaded> Uploading::runStored()
{
    engine::FileRange left = m_exchange.body.stored();
    const bool inRecords = m_framing == UploadFraming::records;
    for (std::size_t inARow = 0; left.length > 0;) {
        const std::uint64_t size = inRecords ? std::min(left.length, kStoredRecord) : left.length;
        std::array<char, 18> framing;
        const std::string_view begin(framing.data(), inRecords ? writeFraming(m_framing, size, framing) : 0);
        const engine::FileRange part{left.file, left.offset, size};
        const engine::IoResult sent = co_await m_upstream.socket.send(engine::Pieces{{begin}}, part, m_timeout);
        if (!sent.ok() || m_stopped)
            co_return Uploaded::cut;
        left.offset += size;
        left.length -= size;
        inARow += size;
        if (left.length > 0 && inARow >= kMostInARow) {
            inARow = 0;
            co_await m_exchange.connection->server().loop().yield();
            if (m_stopped || m_exchange.connection->isAborted())
                co_return Uploaded::cut;
        }
    }
    if (inRecords)
        m_gathered.append(wire::fastcgi::bodyEnd());
    const bool sent = co_await flush();
    co_return sent ? Uploaded::whole : Uploaded::cut;
}

engine::Task<bool> Uploading::pass(std::string_view content)
{
    if (m_framing == UploadFraming::none) {
        const engine::IoResult sent = co_await m_upstream.socket.send(content, m_timeout);
        co_return sent.ok();
    }
    if (m_framing == UploadFraming::records && content.size() > wire::fastcgi::kMaxContent) {
        const bool sent = co_await pass(content.substr(0, wire::fastcgi::kMaxContent));
        if (!sent)
            co_return false;
        content.remove_prefix(wire::fastcgi::kMaxContent);
    }
    std::array<char, 18> framing;
    const std::string_view begin(framing.data(), writeFraming(m_framing, content.size(), framing));
    const std::string_view end = m_framing == UploadFraming::chunks ? "\r\n" : "";
    const bool small = content.size() <= kGathered;
    if (!small || m_gathered.room().size() < content.size() + 2 * kFraming) {
        const bool sent = co_await flush();
        if (!sent)
            co_return false;
    }
    if (small) {
        m_gathered.append(begin);
        m_gathered.append(content);
        m_gathered.append(end);
        co_return true;
    }
    const engine::IoResult sent = co_await m_upstream.socket.send(engine::Pieces{{begin, content, end}}, m_timeout);
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
