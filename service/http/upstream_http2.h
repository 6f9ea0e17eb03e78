// SPDX-License-Identifier: GPL-3.0-or-later
// A connection to a server in HTTP/2 (RFC 9113), which requests share.
#pragma once

#include "base/clock.h"
#include "engine/stream.h"
#include "engine/task_scope.h"
#include "http/http2_flood_guard.h"
#include "http/http2_text_stream.h"
#include "wire/http1_request.h"

#include <nghttp2/nghttp2.h>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mainstay::http {

class UpstreamHttp2Stream;

// Worker thread. Each request is an UpstreamHttp2Stream, which speaks HTTP/1.1 to who asks. Bounded: streams at a time,
// memory of each, heads, and what a server may send that answers nothing. Lives until it has ended and the last stream
// is gone.
class UpstreamHttp2 final : public Http2Link, public std::enable_shared_from_this<UpstreamHttp2> {
public:
    // `begun`: see startConnecting(). Runs in `scope` until it is closed, or the server ends it.
    static std::shared_ptr<UpstreamHttp2> begin(std::unique_ptr<engine::Stream> begun, Milliseconds connectTimeout,
                                                engine::TaskScope &scope);
    explicit UpstreamHttp2(std::unique_ptr<engine::Stream> begun);
    UpstreamHttp2(const UpstreamHttp2 &) = delete;
    UpstreamHttp2 &operator=(const UpstreamHttp2 &) = delete;
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

    [[nodiscard]] engine::Loop &loop() const noexcept { return m_socket->loop(); }
    [[nodiscard]] const engine::Stream &socket() const noexcept { return *m_socket; }

    void consumed(std::int32_t id, std::size_t size) override;
    void resume(std::int32_t id) override;
    void reset(std::int32_t id) override;
    // For streams. False when the request cannot be made.
    bool submit(UpstreamHttp2Stream &stream, const wire::RequestHead &head);
    void retryLater(UpstreamHttp2Stream &stream);
    // The stream is no more; `isOpen` on the connection, where it is then ended. `isAnsweredWhole`: by itself.
    void forget(const UpstreamHttp2Stream &stream, bool isOpen, bool isAnsweredWhole);

private:
    struct Free {
        void operator()(nghttp2_session *session) const noexcept { nghttp2_session_del(session); }
    };
    // A head that comes.
    struct Head {
        std::int32_t of = 0; // stream; 0 for none
        bool isTrailer = false;
        unsigned status = 0;
        std::optional<std::uint64_t> length; // of the content
        std::string fields;                  // lines
    };

    static const nghttp2_session_callbacks *callbacks();
    static UpstreamHttp2 &self(void *pointer) noexcept { return *static_cast<UpstreamHttp2 *>(pointer); }
    static engine::Task<> run(std::shared_ptr<UpstreamHttp2> self, Milliseconds connectTimeout);
    [[nodiscard]] UpstreamHttp2Stream *find(std::int32_t id) const noexcept;

    // What nghttp2 tells of; not 0 for what cannot be gone on with.
    int onFrameBegun(const nghttp2_frame_hd &header);
    int onHeadBegun(const nghttp2_frame &frame);
    int onField(std::string_view name, std::string_view value);
    void onFrameReceived(const nghttp2_frame &frame);
    void onData(std::int32_t id, std::string_view data);
    void onFrameSent(const nghttp2_frame &frame);
    void onNotSent(const nghttp2_frame &frame);
    void onClosed(std::int32_t id, std::uint32_t error);
    std::ptrdiff_t giveData(std::int32_t id, std::span<char> room, std::uint32_t &flags);

    engine::Task<> receive();
    // Sees to it that what is to be sent is, once all that is ready in this turn has run.
    void wakeWriter();
    engine::Task<> write();
    // False when there is nothing to send.
    bool fill(engine::Buffer &out);
    engine::Task<> tryAgainLater(UpstreamHttp2Stream &stream);
    [[nodiscard]] bool isOver() const noexcept;
    // Ends all streams; `isUntouched` when the server has seen nothing of them.
    void closeStreams(bool isUntouched);
    auto lastStreamGone() noexcept
    {
        struct Awaiter {
            UpstreamHttp2 &session;
            bool await_ready() const noexcept { return session.m_streams.empty(); }
            void await_suspend(std::coroutine_handle<> waiter) const noexcept { session.m_waiter = waiter; }
            void await_resume() const noexcept {}
        };
        return Awaiter{*this};
    }

    const std::unique_ptr<engine::Stream> m_socket;
    std::unique_ptr<nghttp2_session, Free> m_session;
    std::vector<UpstreamHttp2Stream *> m_streams;
    std::vector<std::int32_t> m_ending; // streams that nobody wants more of, which the server will end
    std::vector<std::int32_t> m_eased;  // of which the writer has taken data
    Head m_head;
    std::string_view m_pending; // of nghttp2's, valid until it is asked for more
    SteadyTime m_quietSince;    // when a stream ended last
    SteadyTime m_heardAt;
    SteadyTime m_unheardSince; // when a stream was begun first since then
    Http2FloodGuard m_floods;
    engine::TaskScope m_tasks;
    std::coroutine_handle<> m_waiter; // for the last stream
    State m_state = State::connecting;
    bool m_isRetiring = false;
    bool m_isClosing = false;
    bool m_isWriting = false;
    bool m_takesNothing = false; // nothing more can be sent
    bool m_isSilent = false;     // nor is there any more to come
};

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
    void retryLater() override { m_session->retryLater(*this); }

    const std::shared_ptr<UpstreamHttp2> m_session;
    std::uint64_t m_contentLeft = UINT64_MAX; // of the answer, as far as it is known
    std::uint32_t m_error = NGHTTP2_NO_ERROR;
    bool m_isSent = false;
    bool m_isHead = false; // is asked for alone
    bool m_isAnswered = false;
    bool m_isUntouched = false;
};

} // namespace mainstay::http
