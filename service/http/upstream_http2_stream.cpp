// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/upstream_http2_stream.h"

#include "wire/http1_request.h"

#include <algorithm>
#include <utility>

namespace mainstay::http {

UpstreamHttp2Stream::UpstreamHttp2Stream(std::shared_ptr<UpstreamHttp2> session)
    : Http2TextStream(*session, session->loop(), 0), m_session(std::move(session))
{}

UpstreamHttp2Stream::~UpstreamHttp2Stream()
{
    const bool isAnsweredWhole = isWhole() && m_isAnswered && m_contentLeft == 0 && !hasUnreadMessage();
    dropUnread();
    m_session->forget(*this, !isClosed(), isAnsweredWhole);
}

std::string UpstreamHttp2Stream::failure() const
{
    switch (m_error) {
    case NGHTTP2_NO_ERROR:
        return m_session->socket().failure();
    case NGHTTP2_REFUSED_STREAM:
    case NGHTTP2_CANCEL:
        return {};
    default:
        return "the stream was reset: " + std::string(nghttp2_http2_strerror(m_error));
    }
}

bool UpstreamHttp2Stream::beginConnect() noexcept
{
    out().result = {};
    if (isUnusable(out()) || m_session->state() == UpstreamHttp2::State::standing)
        return true;
    if (m_session->state() == UpstreamHttp2::State::connecting)
        return false;
    out().result.status = engine::IoStatus::failed;
    return true;
}

void UpstreamHttp2Stream::takeConnected(bool isStanding)
{
    if (!out().waiter)
        return;
    if (!isStanding)
        out().result.status = engine::IoStatus::failed;
    complete(out());
}

void UpstreamHttp2Stream::takeResponse(unsigned status, const std::string &fields, std::optional<std::uint64_t> length,
                                       bool isEnd)
{
    const bool isInterim = status < 200;
    const bool isBodiless = isInterim || status == 204 || status == 304 || m_isHead;
    const bool isChunked = !isBodiless && !length && !isEnd;
    std::string text = "HTTP/1.1 " + std::to_string(status) + " \r\n" + fields;
    if (isChunked)
        text += "transfer-encoding: chunked\r\n";
    else if (!isBodiless && !length)
        text += "content-length: 0\r\n";
    text += "\r\n";
    if (unreadHead() + text.size() > engine::kBlockSize)
        return m_session->reset(id()); // interim ones without an end
    m_isAnswered = !isInterim;
    if (m_isAnswered && !isChunked)
        m_contentLeft = isBodiless ? 0 : length.value_or(0);
    addHead(std::move(text), isChunked);
}

void UpstreamHttp2Stream::takeContent(std::string_view data)
{
    m_contentLeft -= std::min<std::uint64_t>(m_contentLeft, data.size());
    takeData(data);
}

void UpstreamHttp2Stream::takeClose(std::uint32_t error, bool isUntouched)
{
    close();
    m_error = error;
    m_isUntouched = isUntouched && !m_isAnswered;
    report({.readable = true, .writable = true, .closed = true});
}

engine::Stream::Outcome UpstreamHttp2Stream::readSome(std::span<char> room) noexcept
{
    const Outcome outcome = readMessage(room);
    if (outcome.attempt != Attempt::wantsRead || !isClosed())
        return outcome;
    return {hasReadEnd() ? Attempt::ended : Attempt::failed};
}

bool UpstreamHttp2Stream::takeHead(std::string_view text, wire::BodyFraming &framing, bool &isInterim)
{
    wire::RequestHead head;
    if (head.parse(text, engine::kBlockSize) != wire::ParseStatus::complete)
        return false;
    isInterim = false;
    framing = head.body();
    m_isHead = head.method() == wire::Method::head;
    return m_session->submit(*this, head);
}

} // namespace mainstay::http
