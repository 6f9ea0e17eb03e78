// SPDX-License-Identifier: GPL-3.0-or-later
// A client's stream of HTTP/2 with the shape of a connection that carries one request in HTTP/1.1.
#pragma once

#include "http/http2_text_stream.h"

#include <string>
#include <string_view>

namespace mainstay::http {

class Http2Session;

// Worker thread. What is read is the request, in HTTP/1.1, then an end once the client has the whole answer. What is
// written is the answer in HTTP/1.1: its head, its content and its trailers go to the session.
class Http2Stream final : public Http2TextStream {
public:
    // `isChunked`: what follows the head comes in chunks.
    Http2Stream(Http2Session &session, std::int32_t id, std::string requestHead, bool isChunked);
    // Resets what is not at its end.
    ~Http2Stream() override;

    // True also while the client has not taken all of the answer: such a stream is not idle.
    [[nodiscard]] bool hasUnread() const noexcept override;
    [[nodiscard]] const engine::TlsSession *tls() const noexcept override;
    [[nodiscard]] Endpoint localEndpoint() const noexcept override;
    // That of the connection, to the first stream of it.
    [[nodiscard]] std::int64_t takeHandshake() noexcept override;

    // The stream is closed: in order when both sides had their end.
    void takeClose(bool inOrder);

private:
    Outcome readSome(std::span<char> room) noexcept override;
    bool hasMore() noexcept override { return !isClosed() && hasUnreadMessage(); }
    bool takeHead(std::string_view head, wire::BodyFraming &framing, bool &isInterim) override;

    Http2Session &m_session;
    const bool m_isHead; // is asked for alone
    bool m_closedInOrder = false;
};

} // namespace mainstay::http
