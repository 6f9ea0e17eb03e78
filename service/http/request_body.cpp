// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/request_body.h"

#include <algorithm>
#include <utility>

namespace mainstay::http {

namespace {

// A body may be waited for as long as its timeout, and a second more for each so many bytes that have come.
constexpr std::uint64_t kSlowestRate = 500;

// What is kept whole, to be sent in one piece: a record of FastCGI takes as much.
constexpr std::uint64_t kMostWhole = 65'535;
static_assert(kMostWhole <= engine::kBlockSize);

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

} // namespace

void RequestBody::begin(engine::Stream &client, engine::Buffer &in, const wire::BodyFraming &framing, bool continues,
                        Milliseconds timeout)
{
    m_client = &client;
    m_in = &in;
    m_framing = framing;
    m_remaining = framing.length;
    m_limit = 0;
    m_timeout = timeout;
    m_waited = Milliseconds{0};
    m_continues = continues && in.isEmpty();
    m_status = framing.hasBody() ? Status::data : Status::end;
    if (framing.kind == wire::BodyFraming::Kind::chunked) {
        Ahead ahead;
        const std::size_t size = lookThroughChunks(ahead);
        if (size > 0 && ahead.decoder.trailers().empty()) // which a body by length cannot have
            becomeOneByLength(size);
    }
}

void RequestBody::setLimit(std::uint64_t limit) noexcept
{
    m_limit = limit;
    if (m_status == Status::data && m_limit > 0 && m_remaining > m_limit)
        m_status = Status::tooLarge;
}

std::size_t RequestBody::lookThroughChunks(Ahead &ahead) noexcept
{
    while (ahead.seen < m_in->size()) {
        const wire::ChunkedDecoder::Step step = ahead.decoder.feed(m_in->view().substr(ahead.seen));
        ahead.seen += step.consumed;
        ahead.content += step.data.size();
        if (step.status == wire::ParseStatus::complete)
            return ahead.seen;
        if (step.status != wire::ParseStatus::needMore) {
            m_status = Status::malformed;
            return 0;
        }
    }
    return 0;
}

std::size_t RequestBody::findEnd(Ahead &ahead) noexcept
{
    if (m_framing.kind == wire::BodyFraming::Kind::chunked)
        return lookThroughChunks(ahead);
    return m_in->size() >= m_remaining ? m_remaining : 0;
}

std::size_t RequestBody::joinChunks(std::size_t size) noexcept
{
    const std::span<char> chunks = m_in->contents().first(size);
    std::size_t length = 0;
    for (std::size_t read = 0; read < size;) {
        const auto step = m_decoder.feed({chunks.data() + read, size - read});
        std::char_traits<char>::move(chunks.data() + length, step.data.data(), step.data.size());
        length += step.data.size();
        read += step.consumed;
    }
    std::char_traits<char>::move(chunks.data() + size - length, chunks.data(), length);
    m_in->consume(size - length);
    return length;
}

void RequestBody::becomeOneByLength(std::size_t size) noexcept
{
    const std::size_t length = joinChunks(size);
    m_framing = {wire::BodyFraming::Kind::length, length};
    m_remaining = length;
    if (length == 0)
        m_status = Status::end;
    if (m_limit > 0 && length > m_limit)
        m_status = Status::tooLarge;
}

engine::Task<bool> RequestBody::invite()
{
    if (!std::exchange(m_continues, false))
        co_return true;
    const engine::IoResult sent = co_await m_client->send(kContinue, m_timeout);
    co_return sent.ok();
}

bool RequestBody::isWhole() const noexcept
{
    return ended() ||
           (m_status == Status::data && m_stored.isEmpty() && m_framing.kind == wire::BodyFraming::Kind::length &&
            m_remaining <= kMostWhole && m_in->size() >= m_given + m_remaining);
}

void RequestBody::consumeIfWhole() noexcept
{
    if (ended() || !isWhole())
        return;
    m_received += m_remaining;
    m_in->consume(std::exchange(m_given, 0) + std::exchange(m_remaining, 0));
    m_status = Status::end;
}

RequestBody::Piece RequestBody::stop(Status status) noexcept
{
    m_status = status;
    return {status, {}};
}

RequestBody::Piece RequestBody::take()
{
    if (m_framing.kind == wire::BodyFraming::Kind::length) {
        const std::size_t count = std::min<std::uint64_t>(m_remaining, m_in->size());
        m_remaining -= count;
        m_given = count;
        return {Status::data, m_in->view().substr(0, count)};
    }
    const wire::ChunkedDecoder::Step step = m_decoder.feed(m_in->view());
    switch (step.status) {
    case wire::ParseStatus::complete:
        m_in->consume(step.consumed);
        return stop(Status::end);
    case wire::ParseStatus::needMore:
        m_given = step.consumed;
        return {Status::data, step.data};
    case wire::ParseStatus::malformed:
    case wire::ParseStatus::tooLarge:
        return stop(Status::malformed);
    }
    return stop(Status::malformed);
}

std::optional<RequestBody::Piece> RequestBody::atHand()
{
    while (m_status == Status::data) {
        m_in->consume(std::exchange(m_given, 0));
        if (m_framing.kind == wire::BodyFraming::Kind::length && m_remaining == 0)
            return stop(Status::end);
        if (m_in->isEmpty())
            return std::nullopt;
        const Piece piece = take();
        if (piece.status != Status::data)
            return piece;
        if (piece.bytes.empty())
            continue; // framing alone
        m_received += piece.bytes.size();
        if (m_limit > 0 && m_received > m_limit)
            return stop(Status::tooLarge);
        return piece;
    }
    return Piece{m_status, {}};
}

engine::Task<RequestBody::Piece> RequestBody::next()
{
    for (;;) {
        if (const std::optional<Piece> piece = atHand())
            co_return *piece;
        const bool more = co_await receiveMore();
        if (!more)
            co_return Piece{m_status, {}};
    }
}

engine::Task<> RequestBody::gather(Spool *spool)
{
    Ahead ahead;
    while (m_status == Status::data && !isWhole()) {
        const std::size_t end = findEnd(ahead);
        if (m_status == Status::data && m_limit > 0 && m_received + ahead.content > m_limit)
            m_status = Status::tooLarge;
        if (m_status != Status::data)
            co_return;
        if (end > 0 && m_stored.isEmpty() && m_framing.kind == wire::BodyFraming::Kind::chunked) {
            becomeOneByLength(end);
            continue;
        }
        if (m_in->isFull())
            m_in->compact();
        if (end == 0 && !m_in->isFull()) {
            const bool more = co_await receiveMore();
            if (!more)
                co_return;
            continue;
        }
        if (!spool)
            co_return;
        co_await store(*spool, end > 0 ? end : m_in->size(), end > 0);
        ahead.seen = ahead.content = 0;
    }
}

engine::Task<> RequestBody::store(Spool &spool, std::size_t size, bool isLast)
{
    const bool isChunked = m_framing.kind == wire::BodyFraming::Kind::chunked;
    const std::size_t length = isChunked ? joinChunks(size) : size;
    m_received += length;
    const std::uint64_t most = spool.limit();
    if ((m_limit > 0 && m_received > m_limit) || (most > 0 && m_received > most)) {
        m_status = Status::tooLarge;
        co_return;
    }
    if (length > 0) {
        const Spool::Status stored = co_await spool.append(m_stored, m_in->view().substr(0, length), m_client->loop());
        switch (stored) {
        case Spool::Status::done:
            break;
        case Spool::Status::diskFull:
            m_status = Status::diskFull;
            co_return;
        case Spool::Status::overLimit:
        case Spool::Status::failed:
            m_status = Status::notStored;
            co_return;
        }
        m_in->consume(length);
    }
    m_remaining -= isChunked ? 0 : length;
    if (!isLast)
        co_return;
    m_framing = {wire::BodyFraming::Kind::length, m_received};
    m_remaining = 0;
    m_status = Status::end;
}

engine::Task<bool> RequestBody::receiveMore()
{
    const SteadyTime begun = m_client->loop().now();
    const std::uint64_t come = m_received + m_in->size();
    const auto earned = Milliseconds(static_cast<std::int64_t>(come * 1000 / kSlowestRate));
    const bool isTalking = m_silence > Milliseconds{0};
    const Milliseconds patience = isTalking ? m_silence : std::min(m_timeout, m_timeout + earned - m_waited);
    const auto received = co_await m_client->receive(*m_in, std::max(patience, Milliseconds{0}));
    m_waited += std::chrono::duration_cast<Milliseconds>(m_client->loop().now() - begun);
    if (!received.ok())
        m_status = received.status == engine::IoStatus::timedOut ? Status::timedOut : Status::lost;
    co_return received.ok();
}

} // namespace mainstay::http
