// SPDX-License-Identifier: GPL-3.0-or-later
// What both ends of a connection in HTTP/2 (RFC 9113) have in common.
#pragma once

#include "base/clock.h"
#include "engine/loop.h"
#include "engine/stream.h"
#include "engine/task_scope.h"
#include "http/http2_flood_guard.h"
#include "http/http2_text_stream.h"

#include <nghttp2/nghttp2.h>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace mainstay::http {

// Worker thread. Frames and windows are nghttp2's; this keeps the streams, writes what is to be sent, and bounds what
// the peer may send that asks for no work but costs some. Who derives from it reads, and says what heads mean.
class Http2Connection : public Http2Link {
public:
    Http2Connection(const Http2Connection &) = delete;
    Http2Connection &operator=(const Http2Connection &) = delete;

    [[nodiscard]] engine::Loop &loop() const noexcept { return m_loop; }

    void consumed(std::int32_t id, std::size_t size) final;
    std::size_t widen(std::int32_t id, std::size_t window) final;
    void resume(std::int32_t id) final;
    void reset(std::int32_t id) final;
    void retryLater(Http2TextStream &stream) final;

protected:
    enum class Role : std::uint8_t { client, server };
    // `window`: bytes that the peer may send before any are read, on all streams together.
    Http2Connection(Role role, engine::Loop &loop, std::span<const nghttp2_settings_entry> settings,
                    std::int32_t window);
    ~Http2Connection();

    // What nghttp2 tells of. Not `admits`: the peer floods, and the connection ends. Not `takeField`: the stream is
    // reset.
    virtual bool admits(const nghttp2_frame_hd &header) { return m_floods.admits(header, m_loop.now()); }
    virtual void onHeadBegun(const nghttp2_frame &frame) = 0;
    virtual bool takeField(std::string_view name, std::string_view value) = 0;
    virtual void onFrameReceived(const nghttp2_frame &frame) = 0;
    virtual void onFrameSent(const nghttp2_frame &frame) = 0;
    virtual void onNotSent(const nghttp2_frame &) {}
    virtual void takeData(Http2TextStream &stream, std::string_view data) { stream.takeData(data); }
    virtual void onClosed(std::int32_t id, std::uint32_t error) = 0;
    // The connection ends for what the peer has sent too much of.
    virtual void onFlood() {}

    [[nodiscard]] virtual engine::Stream &socket() const noexcept = 0;
    [[nodiscard]] virtual Milliseconds writeTimeout() const noexcept = 0;
    // Whether there is nothing more to read. Looked at after each write; the read is then cancelled.
    [[nodiscard]] virtual bool isOver() const noexcept = 0;

    [[nodiscard]] nghttp2_session *session() const noexcept { return m_session.get(); }
    // Of what else asks for no work. False when that is too much.
    [[nodiscard]] bool charge() noexcept { return m_floods.charge(m_loop.now()); }
    void endFlood();
    [[nodiscard]] SteadyTime quietSince() const noexcept { return m_quietSince; }
    [[nodiscard]] const std::vector<Http2TextStream *> &streams() const noexcept { return m_streams; }
    // The stream of that number; nothing when there is none any more.
    [[nodiscard]] Http2TextStream *stream(std::int32_t id) const noexcept;
    // A stream begins, found by its number if it has one, and is no more.
    void add(Http2TextStream &stream);
    void remove(const Http2TextStream &stream);
    // All of them, none of which is found by its number from now on.
    std::vector<Http2TextStream *> detachStreams();
    // What gives the content of a stream that nghttp2 is to send.
    [[nodiscard]] static const nghttp2_data_provider &content() noexcept;

    // What has come. False when it is no HTTP/2 at all, or a flood.
    bool take(engine::Buffer &in);
    // Whether both sides have said all.
    [[nodiscard]] bool isSaid() const noexcept;
    // Sees to it that what is to be sent is, once all that is ready in this turn has run.
    void wakeWriter();
    // Nothing is sent before stand(), which who is connected already has behind them, nor after takeNothing().
    void stand() noexcept { m_stands = true; }
    void takeNothing() noexcept { m_takesNothing = true; }
    [[nodiscard]] bool takesNothing() const noexcept { return m_takesNothing; }
    // What the write came to that failed.
    [[nodiscard]] engine::IoStatus sendFailure() const noexcept { return m_sendFailure; }

    auto tasksDone() noexcept { return m_tasks.empty(); }
    auto lastStreamGone() noexcept
    {
        struct Awaiter {
            Http2Connection &self;
            bool await_ready() const noexcept { return self.m_streams.empty(); }
            void await_suspend(std::coroutine_handle<> waiter) const noexcept { self.m_waiter = waiter; }
            void await_resume() const noexcept {}
        };
        return Awaiter{*this};
    }

private:
    struct Free {
        void operator()(nghttp2_session *session) const noexcept { nghttp2_session_del(session); }
    };

    static const nghttp2_session_callbacks *callbacks();
    void onFrameBegun(const nghttp2_frame_hd &header);
    void onSent(const nghttp2_frame &frame);
    void noteFlood();
    void onData(std::int32_t id, std::string_view data);
    std::ptrdiff_t giveData(std::int32_t id, std::span<char> room, std::uint32_t &flags);
    engine::Task<> write();
    // False when there is nothing to send.
    bool fill(engine::Buffer &out);
    engine::Task<> tryAgainLater(Http2TextStream &stream);

    engine::Loop &m_loop;
    std::unique_ptr<nghttp2_session, Free> m_session;
    // Bytes by which the windows of streams may grow, all together. What is under way of one that has grown and then
    // is not read any more takes nothing from the others, which have `window` besides.
    static constexpr std::size_t kMostGrowth = std::size_t{1024} * 1024;

    std::vector<Http2TextStream *> m_streams;
    std::size_t m_mayGrow = kMostGrowth; // yet
    std::vector<std::int32_t> m_eased;   // of which the writer has taken data
    std::string_view m_pending;          // of nghttp2's, valid until it is asked for more
    SteadyTime m_quietSince;             // when a stream began or ended last
    Http2FloodGuard m_floods;
    std::coroutine_handle<> m_waiter; // for the last stream
    engine::TaskScope m_tasks;
    engine::IoStatus m_sendFailure = engine::IoStatus::ok;
    const Role m_role;
    bool m_stands;
    bool m_isWriting = false;
    bool m_isFlooded = false;
    bool m_takesNothing = false;
};

} // namespace mainstay::http
