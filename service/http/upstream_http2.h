// SPDX-License-Identifier: GPL-3.0-or-later
// A connection to a server in HTTP/2 (RFC 9113), which requests share.
#pragma once

#include "http/http2_connection.h"
#include "wire/http1_request.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mainstay::http {

class UpstreamHttp2Stream;

// Worker thread. Each request is an UpstreamHttp2Stream, which speaks HTTP/1.1 to who asks. Bounded: streams at a time,
// memory of each, heads. Lives until it has ended and the last stream is gone.
class UpstreamHttp2 final : public Http2Connection, public std::enable_shared_from_this<UpstreamHttp2> {
public:
    // `begun`: see startConnecting(). Runs in `scope` until it is closed, or the server ends it.
    static std::shared_ptr<UpstreamHttp2> begin(std::unique_ptr<engine::Stream> begun, Milliseconds connectTimeout,
                                                engine::TaskScope &scope);
    explicit UpstreamHttp2(std::unique_ptr<engine::Stream> begun);
    ~UpstreamHttp2();

    enum class State : std::uint8_t { connecting, standing, ended };
    [[nodiscard]] State state() const noexcept { return m_state; }
    // Whether there is room for another one.
    [[nodiscard]] bool takesRequests() const noexcept;
    // Goes on for as long as there are streams.
    [[nodiscard]] std::unique_ptr<engine::Stream> open();
    // How long there has been none.
    [[nodiscard]] Milliseconds idleTime() const noexcept;
    // Takes no further requests, and ends with the last stream.
    void retire();
    [[nodiscard]] bool isRetiring() const noexcept { return m_isRetiring; }
    // Ends it now.
    void close();

    [[nodiscard]] engine::Stream &socket() const noexcept override { return *m_socket; }

    // For streams. False when the request cannot be made.
    bool submit(UpstreamHttp2Stream &stream, const wire::RequestHead &head);
    // The stream is no more; `isOpen` on the connection, where it is then ended. `isAnsweredWhole`: by itself.
    void forget(const UpstreamHttp2Stream &stream, bool isOpen, bool isAnsweredWhole);

private:
    // A head that comes.
    struct Head {
        std::int32_t of = 0; // stream; 0 for none
        bool isTrailer = false;
        unsigned status = 0;
        std::optional<std::uint64_t> length; // of the content
        std::string fields;                  // lines
    };

    static engine::Task<> run(std::shared_ptr<UpstreamHttp2> self, Milliseconds connectTimeout);
    engine::Task<> receive();
    [[nodiscard]] UpstreamHttp2Stream *find(std::int32_t id) const noexcept;

    bool admits(const nghttp2_frame_hd &header) override;
    void onHeadBegun(const nghttp2_frame &frame) override;
    bool takeField(std::string_view name, std::string_view value) override;
    void onFrameReceived(const nghttp2_frame &frame) override;
    void onFrameSent(const nghttp2_frame &frame) override;
    void onNotSent(const nghttp2_frame &frame) override;
    void takeData(Http2TextStream &stream, std::string_view data) override;
    void onClosed(std::int32_t id, std::uint32_t error) override;
    [[nodiscard]] Milliseconds writeTimeout() const noexcept override;
    [[nodiscard]] bool isOver() const noexcept override;

    // Ends all streams; `isUntouched` when the server has seen nothing of them.
    void closeStreams(bool isUntouched);

    const std::unique_ptr<engine::Stream> m_socket;
    std::vector<std::int32_t> m_ending; // streams that nobody wants more of, which the server will end
    Head m_head;
    SteadyTime m_heardAt;
    SteadyTime m_unheardSince; // when a stream was begun first since then
    State m_state = State::connecting;
    bool m_isRetiring = false;
    bool m_isClosing = false;
};

} // namespace mainstay::http
