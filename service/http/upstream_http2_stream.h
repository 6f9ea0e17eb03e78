// SPDX-License-Identifier: GPL-3.0-or-later
// A request on a connection to a server in HTTP/2, with the shape of a connection of its own in HTTP/1.1.
#pragma once

#include "http/http2_text_stream.h"
#include "http/upstream_http2.h"

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mainstay::http {

// Worker thread. One request in HTTP/1.1, and its answer. Stands once the connection does.
class UpstreamHttp2Stream final : public Http2TextStream {
public:
    explicit UpstreamHttp2Stream(std::shared_ptr<UpstreamHttp2> session);
    // Resets what is not at its end.
    ~UpstreamHttp2Stream() override;

    [[nodiscard]] bool hasUnread() const noexcept override { return hasUnreadMessage(); }
    [[nodiscard]] const engine::TlsSession *tls() const noexcept override { return m_session->socket().tls(); }
    [[nodiscard]] std::string failure() const override;
    [[nodiscard]] bool isUntouched() const noexcept override { return m_isUntouched; }

    // The connection stands, or will not.
    void takeConnected(bool isStanding);
    // `fields`: lines. `isEnd`: nothing follows.
    void takeResponse(unsigned status, const std::string &fields, std::optional<std::uint64_t> length, bool isEnd);
    void takeContent(std::string_view data);
    // The head of the request has gone to the server.
    void setSent() noexcept { m_isSent = true; }
    [[nodiscard]] bool isSent() const noexcept { return m_isSent; }
    // Whether the answer's own head has come, and what follows is its trailer section.
    [[nodiscard]] bool isAnswered() const noexcept { return m_isAnswered; }
    // The stream is closed, by an error of HTTP/2 or without one.
    void takeClose(std::uint32_t error, bool isUntouched);
    void setNumber(std::int32_t id) noexcept { setId(id); }

private:
    bool beginConnect() noexcept override;
    Outcome readSome(std::span<char> room) noexcept override;
    bool hasMore() noexcept override { return hasUnreadMessage(); }
    bool takeHead(std::string_view head, wire::BodyFraming &framing, bool &isInterim) override;

    const std::shared_ptr<UpstreamHttp2> m_session;
    std::uint64_t m_contentLeft = UINT64_MAX; // of the answer, as far as it is known
    std::uint32_t m_error = NGHTTP2_NO_ERROR;
    bool m_isSent = false;
    bool m_isHead = false; // is asked for alone
    bool m_isAnswered = false;
    bool m_isUntouched = false;
};

} // namespace mainstay::http
