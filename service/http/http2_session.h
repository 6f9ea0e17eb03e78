// SPDX-License-Identifier: GPL-3.0-or-later
// A client's connection in HTTP/2 (RFC 9113).
#pragma once

#include "base/endpoint.h"
#include "http/http2_connection.h"
#include "http/http2_request_text.h"
#include "wire/http1_response.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace mainstay::http {

class Connection;
class Http2Stream;

// Worker thread. Takes the streams apart: each is served as a connection of its own, whose client is an Http2Stream.
// Bounded: streams at a time, memory of each, heads.
class Http2Session final : public Http2Connection {
public:
    // `host` speaks to the client, and outlives this.
    explicit Http2Session(Connection &host);
    ~Http2Session();

    // What a client sends first, to a server that it knows to speak HTTP/2 (section 3.4).
    static constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    // Serves until either side ends the connection and the last stream is gone. `in`: what has come, from the preface
    // on, and what comes.
    engine::Task<> run(engine::Buffer &in);
    // Tells the client to begin no further streams. Those that are on their way by then are served, and it ends when
    // there is none (section 6.8).
    void drain();

    [[nodiscard]] const engine::TlsSession *tls() const noexcept { return socket().tls(); }
    [[nodiscard]] Endpoint localEndpoint() const noexcept;
    [[nodiscard]] std::int64_t takeHandshake() noexcept { return socket().takeHandshake(); }

    // For streams, by their number.
    void submitInterim(std::int32_t id, const wire::ResponseHead &head);
    void submitAnswer(std::int32_t id, const wire::ResponseHead &head, bool hasBody);
    // The stream is no more; `isOpen` on the connection, where it is then ended.
    void forget(const Http2Stream &stream, bool isOpen);

private:
    bool admits(const nghttp2_frame_hd &header) override;
    void onHeadBegun(const nghttp2_frame &frame) override;
    bool takeField(std::string_view name, std::string_view value) override;
    void onFrameReceived(const nghttp2_frame &frame) override;
    void onFrameSent(const nghttp2_frame &frame) override;
    void onClosed(std::int32_t id, std::uint32_t error) override;
    void onFlood() override;
    [[nodiscard]] engine::Stream &socket() const noexcept override;
    [[nodiscard]] Milliseconds writeTimeout() const noexcept override;
    [[nodiscard]] bool isOver() const noexcept override { return takesNothing() || isSaid(); }

    void begin(std::int32_t id, bool hasBody);
    // Notes the head that came, if nothing has become of it.
    void refuseHead();
    // Names the last stream that is served, if that is still to be done.
    void closeDoor();
    [[nodiscard]] Milliseconds patience() const;

    Connection &m_host;
    std::optional<Http2RequestText> m_head; // while it comes
    std::int32_t m_headOf = 0;              // its stream
    std::int32_t m_trailersOf = 0;          // while those of that stream come
    SteadyTime m_headBegun;
    std::optional<SteadyTime> m_doorCloses; // at the latest, once the client has been told
    bool m_isDraining = false;
};

} // namespace mainstay::http
