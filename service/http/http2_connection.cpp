// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/http2_connection.h"

#include "http/http2_fields.h"

#include <algorithm>
#include <new>
#include <utility>

namespace mainstay::http {

namespace {

// Acknowledgements that may wait to be sent.
constexpr std::size_t kMostAcknowledgements = 100;
// Frames of all kinds that may. A block of the shortest there are brings some thousands to answer.
constexpr std::size_t kMostQueued = 8192;

// Whether this resets a stream for what the peer did wrong on it. That takes work back as a reset by the peer does.
bool isPeersFault(const nghttp2_frame &frame) noexcept
{
    const std::uint32_t error = frame.rst_stream.error_code;
    return frame.hd.type == NGHTTP2_RST_STREAM && error != NGHTTP2_NO_ERROR && error != NGHTTP2_INTERNAL_ERROR &&
           error != NGHTTP2_CANCEL;
}

} // namespace

Http2Connection::Http2Connection(Role role, engine::Loop &loop, std::span<const nghttp2_settings_entry> settings,
                                 std::int32_t window)
    : m_loop(loop), m_quietSince(loop.now()), m_floods(m_quietSince), m_role(role), m_stands(role == Role::server)
{
    nghttp2_option *option = nullptr;
    nghttp2_session *session = nullptr;
    if (nghttp2_option_new(&option) != 0)
        throw std::bad_alloc();
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_max_outbound_ack(option, kMostAcknowledgements);
    const auto make = role == Role::server ? nghttp2_session_server_new2 : nghttp2_session_client_new2;
    const int made = make(&session, callbacks(), this, option);
    nghttp2_option_del(option);
    if (made != 0)
        throw std::bad_alloc();
    m_session.reset(session);
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
    nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0,
                                          window + static_cast<std::int32_t>(kMostGrowth));
}

Http2Connection::~Http2Connection() = default;

const nghttp2_session_callbacks *Http2Connection::callbacks()
{
    static constexpr auto self = [](void *pointer) -> Http2Connection & {
        return *static_cast<Http2Connection *>(pointer);
    };
    static const nghttp2_session_callbacks *const all = [] {
        nghttp2_session_callbacks *made = nullptr;
        if (nghttp2_session_callbacks_new(&made) != 0)
            throw std::bad_alloc();
        nghttp2_session_callbacks_set_on_begin_frame_callback(
            made, [](nghttp2_session *, const nghttp2_frame_hd *header, void *pointer) {
                self(pointer).onFrameBegun(*header);
                return 0;
            });
        nghttp2_session_callbacks_set_on_begin_headers_callback(
            made, [](nghttp2_session *, const nghttp2_frame *frame, void *pointer) {
                self(pointer).onHeadBegun(*frame);
                return 0;
            });
        nghttp2_session_callbacks_set_on_header_callback(
            made, [](nghttp2_session *, const nghttp2_frame *, const std::uint8_t *name, std::size_t nameSize,
                     const std::uint8_t *value, std::size_t valueSize, std::uint8_t, void *pointer) {
                const bool isTaken = self(pointer).takeField(textOf(name, nameSize), textOf(value, valueSize));
                return isTaken ? 0 : static_cast<int>(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE);
            });
        nghttp2_session_callbacks_set_on_frame_recv_callback(
            made, [](nghttp2_session *, const nghttp2_frame *frame, void *pointer) {
                self(pointer).onFrameReceived(*frame);
                return 0;
            });
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, [](nghttp2_session *, std::uint8_t,
                                                                           std::int32_t id, const std::uint8_t *data,
                                                                           std::size_t size, void *pointer) {
            self(pointer).onData(id, textOf(data, size));
            return 0;
        });
        nghttp2_session_callbacks_set_on_frame_send_callback(
            made, [](nghttp2_session *, const nghttp2_frame *frame, void *pointer) {
                self(pointer).onSent(*frame);
                return 0;
            });
        nghttp2_session_callbacks_set_on_frame_not_send_callback(
            made, [](nghttp2_session *, const nghttp2_frame *frame, int, void *pointer) {
                self(pointer).onNotSent(*frame);
                return 0;
            });
        nghttp2_session_callbacks_set_on_stream_close_callback(
            made, [](nghttp2_session *, std::int32_t id, std::uint32_t error, void *pointer) {
                self(pointer).onClosed(id, error);
                return 0;
            });
        return made;
    }();
    return all;
}

const nghttp2_data_provider &Http2Connection::content() noexcept
{
    static const nghttp2_data_provider provider{
        {},
        [](nghttp2_session *, std::int32_t id, std::uint8_t *room, std::size_t size, std::uint32_t *flags,
           nghttp2_data_source *, void *pointer) {
            return static_cast<Http2Connection *>(pointer)->giveData(id, {reinterpret_cast<char *>(room), size},
                                                                     *flags);
        }};
    return provider;
}

// ---- streams

Http2TextStream *Http2Connection::stream(std::int32_t id) const noexcept
{
    return static_cast<Http2TextStream *>(nghttp2_session_get_stream_user_data(session(), id));
}

void Http2Connection::add(Http2TextStream &stream)
{
    m_streams.push_back(&stream);
    m_quietSince = m_loop.now();
    if (stream.id() > 0)
        nghttp2_session_set_stream_user_data(session(), stream.id(), &stream);
}

void Http2Connection::remove(const Http2TextStream &stream)
{
    std::erase(m_streams, &stream);
    m_mayGrow += stream.growth();
    m_quietSince = m_loop.now();
    if (stream.id() > 0)
        nghttp2_session_set_stream_user_data(session(), stream.id(), nullptr);
    if (m_streams.empty() && m_waiter)
        m_loop.resumeSoon(std::exchange(m_waiter, {}));
}

std::vector<Http2TextStream *> Http2Connection::detachStreams()
{
    for (const Http2TextStream *stream : m_streams) {
        if (stream->id() > 0)
            nghttp2_session_set_stream_user_data(session(), stream->id(), nullptr);
    }
    return m_streams;
}

void Http2Connection::consumed(std::int32_t id, std::size_t size)
{
    nghttp2_session_consume(session(), id, size);
    wakeWriter();
}

std::size_t Http2Connection::widen(std::int32_t id, std::size_t window)
{
    const std::size_t growth = std::min(window, m_mayGrow);
    if (growth == 0)
        return 0;
    m_mayGrow -= growth;
    nghttp2_session_set_local_window_size(session(), NGHTTP2_FLAG_NONE, id, static_cast<std::int32_t>(window + growth));
    wakeWriter();
    return growth;
}

void Http2Connection::resume(std::int32_t id)
{
    nghttp2_session_resume_data(session(), id);
    wakeWriter();
}

// A server resets what it could not finish, a client what it does not want.
void Http2Connection::reset(std::int32_t id)
{
    if (id <= 0)
        return;
    nghttp2_submit_rst_stream(session(), NGHTTP2_FLAG_NONE, id,
                              m_role == Role::server ? NGHTTP2_INTERNAL_ERROR : NGHTTP2_CANCEL);
    wakeWriter();
}

void Http2Connection::retryLater(Http2TextStream &stream)
{
    m_tasks.start(tryAgainLater(stream));
}

engine::Task<> Http2Connection::tryAgainLater(Http2TextStream &stream)
{
    co_await m_loop.yield();
    if (std::find(m_streams.begin(), m_streams.end(), &stream) != m_streams.end())
        stream.tryAgain();
}

// ---- from the peer

bool Http2Connection::take(engine::Buffer &in)
{
    const auto taken = nghttp2_session_mem_recv(session(), bytesOf(in.data()), in.size());
    in.clear();
    // Who makes us say something with each frame and does not listen would fill the memory.
    if (nghttp2_session_get_outbound_queue_size(session()) > kMostQueued) {
        noteFlood();
        m_takesNothing = true;
        socket().cancelSend();
        return false;
    }
    // For anything but this nghttp2 goes on, and tells the peer; unless there is too much of what it bounds by itself.
    if (taken < 0 && taken != NGHTTP2_ERR_BAD_CLIENT_MAGIC && taken != NGHTTP2_ERR_NOMEM)
        noteFlood();
    return taken >= 0;
}

void Http2Connection::onData(std::int32_t id, std::string_view data)
{
    if (Http2TextStream *taker = stream(id))
        takeData(*taker, data);
    else
        consumed(id, data.size());
}

void Http2Connection::onFrameBegun(const nghttp2_frame_hd &header)
{
    if (!admits(header))
        endFlood();
}

void Http2Connection::onSent(const nghttp2_frame &frame)
{
    m_floods.sent(frame.hd);
    if (isPeersFault(frame) && !charge())
        endFlood();
    // nghttp2's own word to who resets too much.
    if (frame.hd.type == NGHTTP2_GOAWAY && frame.goaway.error_code == NGHTTP2_INTERNAL_ERROR)
        noteFlood();
    onFrameSent(frame);
}

void Http2Connection::noteFlood()
{
    if (!std::exchange(m_isFlooded, true))
        onFlood();
}

void Http2Connection::endFlood()
{
    noteFlood();
    nghttp2_session_terminate_session(session(), NGHTTP2_ENHANCE_YOUR_CALM);
}

bool Http2Connection::isSaid() const noexcept
{
    return nghttp2_session_want_read(session()) == 0 && nghttp2_session_want_write(session()) == 0;
}

// ---- to the peer

std::ptrdiff_t Http2Connection::giveData(std::int32_t id, std::span<char> room, std::uint32_t &flags)
{
    Http2TextStream *giver = stream(id);
    if (!giver)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    bool isEnd = false;
    const std::size_t count = giver->giveData(room, isEnd);
    if (isEnd) {
        const auto end = endOfData(session(), id, giver->trailers());
        if (!end)
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; // resets the stream: one left out might say that all went
                                                          // wrong
        flags |= *end;
    } else if (count == 0)
        return NGHTTP2_ERR_DEFERRED;
    m_eased.push_back(id);
    return static_cast<std::ptrdiff_t>(count);
}

void Http2Connection::wakeWriter()
{
    if (m_isWriting || m_takesNothing || !m_stands)
        return;
    m_isWriting = true;
    m_tasks.start(write());
}

bool Http2Connection::fill(engine::Buffer &out)
{
    for (;;) {
        if (m_pending.empty()) {
            const std::uint8_t *data = nullptr;
            const std::ptrdiff_t size = nghttp2_session_mem_send(session(), &data);
            if (size <= 0)
                break;
            m_pending = textOf(data, static_cast<std::size_t>(size));
        }
        const std::size_t count = std::min(m_pending.size(), out.room().size());
        out.append(m_pending.substr(0, count));
        m_pending.remove_prefix(count);
        if (!m_pending.empty())
            break;
    }
    out.trim();
    return !out.isEmpty();
}

engine::Task<> Http2Connection::write()
{
    co_await m_loop.endOfTurn(); // so that one write carries all of it
    engine::Buffer out(m_loop.buffers());
    while (!m_takesNothing && fill(out)) {
        for (const std::int32_t id : std::exchange(m_eased, {})) {
            if (Http2TextStream *waiting = stream(id))
                waiting->takeRoom();
        }
        const engine::IoResult sent = co_await socket().send(out.view(), writeTimeout());
        out.clear();
        if (!sent.ok()) {
            m_takesNothing = true;
            m_sendFailure = sent.status;
        }
    }
    m_isWriting = false;
    if (isOver())
        socket().cancelReceive();
}

} // namespace mainstay::http
