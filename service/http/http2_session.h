// SPDX-License-Identifier: GPL-3.0-or-later
// A client's connection in HTTP/2 (RFC 9113).
#pragma once

#include "base/clock.h"
#include "base/endpoint.h"
#include "engine/loop.h"
#include "engine/stream.h"
#include "engine/task_scope.h"
#include "http/http2_flood_guard.h"
#include "http/http2_request_text.h"
#include "http/http2_text_stream.h"
#include "wire/http1_response.h"

#include <nghttp2/nghttp2.h>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace mainstay::http {

class Connection;
class Http2Stream;

// Worker thread. Takes the streams apart: each is served as a connection of its own, whose client is an Http2Stream.
// Bounded: streams at a time, memory of each, and what a client may send that asks for no work but costs some.
class Http2Session final : public Http2Link {
public:
    // `host` speaks to the client, and outlives this.
    explicit Http2Session(Connection &host);
    Http2Session(const Http2Session &) = delete;
    Http2Session &operator=(const Http2Session &) = delete;
    ~Http2Session();

    // What a client sends first, to a server that it knows to speak HTTP/2 (section 3.4).
    static constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    // Serves until either side ends the connection and the last stream is gone. `in`: what has come, from the preface
    // on, and what comes.
    engine::Task<> run(engine::Buffer &in);
    // Takes no further streams, and ends when there is none.
    void drain();

    [[nodiscard]] engine::Loop &loop() const noexcept;
    [[nodiscard]] const engine::TlsSession *tls() const noexcept;
    [[nodiscard]] Endpoint localEndpoint() const noexcept;
    [[nodiscard]] std::int64_t takeHandshake() noexcept;

    // For streams, by their number.
    void consumed(std::int32_t id, std::size_t size) override;
    void submitInterim(std::int32_t id, const wire::ResponseHead &head);
    void submitAnswer(std::int32_t id, const wire::ResponseHead &head, bool hasBody);
    void resume(std::int32_t id) override;
    void reset(std::int32_t id) override;
    void retryLater(std::int32_t id);
    // The stream is no more; `isOpen` on the connection, where it is then ended.
    void forget(const Http2Stream &stream, bool isOpen);

private:
    struct Free {
        void operator()(nghttp2_session *session) const noexcept { nghttp2_session_del(session); }
    };

    static const nghttp2_session_callbacks *callbacks();
    static Http2Session &self(void *pointer) noexcept { return *static_cast<Http2Session *>(pointer); }
    [[nodiscard]] Http2Stream *find(std::int32_t id) const noexcept;

    // What nghttp2 tells of; not 0 for what cannot be gone on with.
    int onFrameBegun(const nghttp2_frame_hd &header);
    int onHeadBegun(const nghttp2_frame &frame);
    int onField(std::string_view name, std::string_view value);
    void onFrameReceived(const nghttp2_frame &frame);
    void onData(std::int32_t id, std::string_view data);
    void onFrameSent(const nghttp2_frame &frame);
    void onClosed(std::int32_t id, bool inOrder);
    std::ptrdiff_t giveData(std::int32_t id, std::span<char> room, std::uint32_t &flags);

    void begin(std::int32_t id, bool hasBody);
    void submit(std::int32_t id, const wire::ResponseHead &head, bool isInterim, const nghttp2_data_provider *body);

    // Sees to it that what is to be sent is, once all that is ready in this turn has run.
    void wakeWriter();
    engine::Task<> write();
    // False when there is nothing to send.
    bool fill(engine::Buffer &out);
    engine::Task<> tryAgainLater(std::int32_t id);
    [[nodiscard]] Milliseconds patience() const;
    [[nodiscard]] bool isOver() const noexcept;
    // Ends all streams, whose tasks end then by themselves.
    void closeStreams();
    auto lastStreamGone() noexcept
    {
        struct Awaiter {
            Http2Session &session;
            bool await_ready() const noexcept { return session.m_streams.empty(); }
            void await_suspend(std::coroutine_handle<> waiter) const noexcept { session.m_waiter = waiter; }
            void await_resume() const noexcept {}
        };
        return Awaiter{*this};
    }

    Connection &m_host;
    std::unique_ptr<nghttp2_session, Free> m_session;
    std::vector<Http2Stream *> m_streams;
    std::vector<std::int32_t> m_eased;      // of which the writer has taken data
    std::optional<Http2RequestText> m_head; // while it comes
    std::int32_t m_trailersOf = 0;          // while those of that stream come
    SteadyTime m_headBegun;
    std::string_view m_pending; // of nghttp2's, valid until it is asked for more
    SteadyTime m_quietSince;    // when a stream began or ended last
    Http2FloodGuard m_floods;
    std::coroutine_handle<> m_waiter;
    engine::TaskScope m_tasks;
    bool m_writing = false;
    bool m_failed = false; // the client takes nothing more
};

} // namespace mainstay::http
