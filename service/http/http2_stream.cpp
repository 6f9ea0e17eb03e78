// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/http2_stream.h"

#include "http/http2_session.h"
#include "wire/http1_writer.h"
#include "wire/http_chars.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mainstay::http {

Http2Stream::Http2Stream(Http2Session &session, std::int32_t id, std::string requestHead)
    : Stream(session.loop()), m_session(session), m_id(id), m_requestHead(std::move(requestHead)),
      m_isChunked(m_requestHead.ends_with("\r\ntransfer-encoding: chunked\r\n\r\n")), m_in(session.loop().buffers()),
      m_out(session.loop().buffers())
{
    report({.readable = true});
}

Http2Stream::~Http2Stream()
{
    m_session.forget(*this, !m_isClosed);
}

const engine::TlsSession *Http2Stream::tls() const noexcept
{
    return m_session.tls();
}

Endpoint Http2Stream::localEndpoint() const noexcept
{
    return m_session.localEndpoint();
}

std::int64_t Http2Stream::takeHandshake() noexcept
{
    return m_session.takeHandshake();
}

bool Http2Stream::hasRequestLeft() const noexcept
{
    return m_headRead < m_requestHead.size() || !m_in.isEmpty() || !m_framing.empty() ||
           (m_isChunked && m_requestEnded && !m_lastChunkRead);
}

bool Http2Stream::hasUnread() const noexcept
{
    return !m_isClosed && (hasRequestLeft() || m_answer != Answer::head);
}

void Http2Stream::takeData(std::string_view data)
{
    if (data.size() > engine::kBlockSize - m_in.size())
        return m_session.reset(m_id); // its window is smaller than a block
    if (!m_in.isEmpty() && data.size() > m_in.room().size())
        m_in.compact();
    m_in.append(data);
    report({.readable = true});
}

void Http2Stream::takeEnd()
{
    m_requestEnded = true;
    report({.readable = true});
}

void Http2Stream::takeClose(bool inOrder)
{
    m_isClosed = true;
    m_closedInOrder = inOrder && m_answer == Answer::whole && m_out.isEmpty();
    report({.readable = true, .writable = true, .closed = !m_closedInOrder});
}

std::string_view Http2Stream::nextFraming()
{
    if (!m_framing.empty() || !m_isChunked || m_chunkLeft > 0 || m_lastChunkRead)
        return m_framing;
    if (!m_in.isEmpty()) {
        std::array<char, 18> size;
        m_framing.assign(size.data(), wire::writeChunkSize(m_in.size(), size.data()));
        m_chunkLeft = m_in.size();
    } else if (m_requestEnded) {
        m_framing = wire::kLastChunk;
        m_lastChunkRead = true;
    }
    return m_framing;
}

engine::Stream::Outcome Http2Stream::readSome(std::span<char> room) noexcept
{
    if (m_isClosed && !m_closedInOrder)
        return {Attempt::failed};
    std::size_t size = 0;
    const auto put = [&](std::string_view bytes) {
        const std::size_t count = bytes.copy(room.data() + size, room.size() - size);
        size += count;
        return count;
    };
    m_headRead += put(std::string_view(m_requestHead).substr(m_headRead));
    while (size < room.size()) {
        if (!nextFraming().empty()) {
            m_framing.erase(0, put(m_framing));
            continue;
        }
        const std::string_view content = m_isChunked ? m_in.view().substr(0, m_chunkLeft) : m_in.view();
        if (content.empty())
            break;
        const std::size_t count = put(content);
        m_in.consume(count);
        m_session.consumed(m_id, count);
        if (m_isChunked && (m_chunkLeft -= count) == 0)
            m_framing = "\r\n";
    }
    if (size > 0)
        return {Attempt::done, size, !hasRequestLeft()};
    return {m_isClosed ? Attempt::ended : Attempt::wantsRead};
}

engine::Stream::Outcome Http2Stream::writeSome(const engine::Pieces &pieces) noexcept
{
    if (m_isClosed)
        return {Attempt::failed};
    std::size_t allowed = sendLimit(pieces.size());
    std::size_t size = 0;
    for (std::string_view part : pieces.parts) {
        part = part.substr(0, allowed);
        allowed -= part.size();
        while (!part.empty()) {
            const std::size_t before = part.size();
            const bool isFine = m_answer == Answer::head ? takeHead(part) : takeContent(part);
            size += before - part.size();
            if (!isFine)
                return {Attempt::failed, size};
            if (part.size() == before)
                return {Attempt::wantsWrite, size};
        }
    }
    return {Attempt::done, size};
}

engine::Stream::Outcome Http2Stream::writeFile(const engine::FileRange &file) noexcept
{
    if (m_isClosed || m_answer != Answer::length)
        return {Attempt::failed};
    if (m_out.isFull())
        m_out.compact();
    if (m_out.isFull())
        return {Attempt::wantsWrite};
    const std::span<char> room = m_out.room();
    const std::size_t wanted = sendLimit(static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), file.length)));
    const std::size_t count = engine::readFile(file, room.first(wanted));
    if (count == 0)
        return {Attempt::failed};
    m_out.append(count);
    m_lengthLeft -= std::min<std::uint64_t>(count, m_lengthLeft);
    if (m_lengthLeft == 0)
        m_answer = Answer::whole;
    m_session.resume(m_id);
    return {Attempt::done, count};
}

bool Http2Stream::takeHead(std::string_view &bytes)
{
    constexpr std::string_view kEnd = "\r\n\r\n";
    const bool isBegun = !m_answerHead.empty();
    std::string_view whole = bytes;
    if (isBegun) {
        m_answerHead += bytes;
        whole = m_answerHead;
    }
    const std::size_t end = whole.find(kEnd);
    if (end == std::string_view::npos) {
        if (!isBegun)
            m_answerHead = bytes;
        bytes = {};
        return m_answerHead.size() <= engine::kBlockSize;
    }
    const std::size_t behind = whole.size() - end - kEnd.size();
    const auto method = m_requestHead.starts_with("HEAD ") ? wire::Method::head : wire::Method::get;
    wire::ResponseHead head;
    const bool isFine =
        head.parse(whole.substr(0, end + kEnd.size()), method, engine::kBlockSize) == wire::ParseStatus::complete;
    if (isFine && head.interim()) {
        m_session.submitInterim(m_id, head);
    } else if (isFine) {
        const wire::BodyFraming body = head.body();
        m_lengthLeft = body.length;
        m_answer = !body.hasBody()                                 ? Answer::whole
                   : body.kind == wire::BodyFraming::Kind::chunked ? Answer::chunks
                                                                   : Answer::length;
        m_session.submitAnswer(m_id, head, body.hasBody());
    }
    bytes.remove_prefix(bytes.size() - behind);
    m_answerHead.clear();
    return isFine;
}

bool Http2Stream::takeContent(std::string_view &bytes)
{
    if (m_answer == Answer::whole)
        return false; // more than was announced
    if (m_out.isFull())
        m_out.compact();
    std::size_t room = m_out.isFull() ? 0 : m_out.room().size();
    while (!bytes.empty() && room > 0 && m_answer != Answer::whole) {
        std::string_view content;
        if (m_answer == Answer::length) {
            content = bytes.substr(0, std::min<std::uint64_t>(room, m_lengthLeft));
            m_lengthLeft -= content.size();
            bytes.remove_prefix(content.size());
            if (m_lengthLeft == 0)
                m_answer = Answer::whole;
        } else {
            const wire::ChunkedDecoder::Step step = m_decoder.feed(bytes.substr(0, room));
            content = step.data;
            bytes.remove_prefix(step.consumed);
            if (step.status == wire::ParseStatus::complete)
                m_answer = Answer::whole;
            else if (step.status != wire::ParseStatus::needMore)
                return false;
        }
        m_out.append(content);
        room -= content.size();
    }
    m_out.trim();
    m_session.resume(m_id);
    return true;
}

std::size_t Http2Stream::giveData(std::span<char> room, bool &isEnd)
{
    const std::size_t count = m_out.view().copy(room.data(), room.size());
    m_out.consume(count);
    isEnd = m_out.isEmpty() && m_answer == Answer::whole;
    return count;
}

void Http2Stream::takeRoom()
{
    report({.writable = true});
}

void Http2Stream::shutdownSend() noexcept
{
    if (!m_isClosed && m_answer != Answer::whole)
        m_session.reset(m_id);
}

void Http2Stream::retryLater()
{
    m_session.retryLater(m_id);
}

} // namespace mainstay::http
