// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/http2_stream.h"

#include "http/http2_session.h"

#include <utility>

namespace mainstay::http {

Http2Stream::Http2Stream(Http2Session &session, std::int32_t id, std::string requestHead, bool isChunked)
    : Http2TextStream(session, session.loop(), id), m_session(session), m_isHead(requestHead.starts_with("HEAD "))
{
    addHead(std::move(requestHead), isChunked);
}

Http2Stream::~Http2Stream()
{
    dropUnread();
    m_session.forget(*this, !isClosed());
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

bool Http2Stream::hasUnread() const noexcept
{
    return !isClosed() && (hasUnreadMessage() || isBegun());
}

void Http2Stream::takeClose(bool inOrder)
{
    close();
    m_closedInOrder = inOrder && isWhole();
    report({.readable = true, .writable = true, .closed = !m_closedInOrder});
}

engine::Stream::Outcome Http2Stream::readSome(std::span<char> room) noexcept
{
    if (isClosed() && !m_closedInOrder)
        return {Attempt::failed};
    const Outcome outcome = readMessage(room);
    return outcome.attempt == Attempt::wantsRead && isClosed() ? Outcome{Attempt::ended} : outcome;
}

bool Http2Stream::takeHead(std::string_view text, wire::BodyFraming &framing, bool &isInterim)
{
    wire::ResponseHead head;
    const auto method = m_isHead ? wire::Method::head : wire::Method::get;
    if (head.parse(text, method, engine::kBlockSize) != wire::ParseStatus::complete)
        return false;
    isInterim = head.interim();
    if (isInterim) {
        m_session.submitInterim(id(), head);
        return true;
    }
    framing = head.body();
    m_session.submitAnswer(id(), head, framing.hasBody());
    return true;
}

} // namespace mainstay::http
