// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/http2_session.h"

#include "http/connection.h"
#include "http/fairness.h"
#include "http/http2_fields.h"
#include "http/http2_stream.h"
#include "http/listener.h"
#include "http/server.h"
#include "wire/http_chars.h"

#include <algorithm>
#include <array>

namespace mainstay::http {

namespace {

constexpr std::uint32_t kMostStreams = 128;
constexpr std::int32_t kConnectionWindow = 1024 * 1024; // bytes
// Of fields that are thrown away for being too many: beyond so many times the limit the stream is given up.
constexpr std::size_t kMostOverLimit = 8;

} // namespace

Http2Session::Http2Session(Connection &host)
    : m_host(host), m_quietSince(host.server().loop().now()), m_floods(m_quietSince)
{
    nghttp2_option *option = nullptr;
    nghttp2_session *session = nullptr;
    if (nghttp2_option_new(&option) != 0)
        throw std::bad_alloc();
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_max_outbound_ack(option, 100);
    const int made = nghttp2_session_server_new2(&session, callbacks(), this, option);
    nghttp2_option_del(option);
    if (made != 0)
        throw std::bad_alloc();
    m_session.reset(session);
    const std::array settings{
        nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kMostStreams},
        nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
                               static_cast<std::uint32_t>(host.listener().config().maxHead)},
    };
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
    nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
}

Http2Session::~Http2Session() = default;

const nghttp2_session_callbacks *Http2Session::callbacks()
{
    static const nghttp2_session_callbacks *const all = [] {
        nghttp2_session_callbacks *made = nullptr;
        if (nghttp2_session_callbacks_new(&made) != 0)
            throw std::bad_alloc();
        nghttp2_session_callbacks_set_on_begin_frame_callback(
            made, [](nghttp2_session *, const nghttp2_frame_hd *header, void *pointer) {
                return self(pointer).onFrameBegun(*header);
            });
        nghttp2_session_callbacks_set_on_begin_headers_callback(
            made, [](nghttp2_session *, const nghttp2_frame *frame, void *pointer) {
                return self(pointer).onHeadBegun(*frame);
            });
        nghttp2_session_callbacks_set_on_header_callback(
            made, [](nghttp2_session *, const nghttp2_frame *, const std::uint8_t *name, std::size_t nameSize,
                     const std::uint8_t *value, std::size_t valueSize, std::uint8_t, void *pointer) {
                return self(pointer).onField(textOf(name, nameSize), textOf(value, valueSize));
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
                self(pointer).onFrameSent(*frame);
                return 0;
            });
        nghttp2_session_callbacks_set_on_stream_close_callback(
            made, [](nghttp2_session *, std::int32_t id, std::uint32_t error, void *pointer) {
                self(pointer).onClosed(id, error == NGHTTP2_NO_ERROR);
                return 0;
            });
        return made;
    }();
    return all;
}

engine::Loop &Http2Session::loop() const noexcept
{
    return m_host.server().loop();
}

const engine::TlsSession *Http2Session::tls() const noexcept
{
    return m_host.client().tls();
}

Endpoint Http2Session::localEndpoint() const noexcept
{
    return m_host.client().localEndpoint();
}

std::int64_t Http2Session::takeHandshake() noexcept
{
    return m_host.client().takeHandshake();
}

Http2Stream *Http2Session::find(std::int32_t id) const noexcept
{
    return static_cast<Http2Stream *>(nghttp2_session_get_stream_user_data(m_session.get(), id));
}

engine::Task<> Http2Session::run(engine::Buffer &in)
{
    std::size_t inARow = 0;
    for (;;) {
        if (inARow >= kMostInARow) {
            co_await loop().yield();
            inARow = 0;
        }
        if (!in.isEmpty()) {
            inARow += in.size();
            const auto taken = nghttp2_session_mem_recv(m_session.get(), bytesOf(in.data()), in.size());
            in.clear();
            if (taken < 0)
                break; // no HTTP/2 at all, or a flood
        }
        wakeWriter();
        if (isOver())
            break;
        const engine::IoResult received = co_await m_host.client().receive(in, std::max(patience(), Milliseconds{0}));
        if (received.status == engine::IoStatus::timedOut) {
            if (patience() > Milliseconds{0})
                continue;
            nghttp2_session_terminate_session(m_session.get(), m_head ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_NO_ERROR);
            wakeWriter();
            break;
        }
        if (received.status == engine::IoStatus::cancelled && !m_host.isAborted() && !isOver())
            continue; // the writer has ended something, but not the last
        if (!received.ok())
            break;
    }
    closeStreams();
    wakeWriter();
    co_await m_tasks.empty();
    co_await lastStreamGone();
}

void Http2Session::drain()
{
    nghttp2_submit_goaway(m_session.get(), NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(m_session.get()),
                          NGHTTP2_NO_ERROR, nullptr, 0);
    wakeWriter();
}

bool Http2Session::isOver() const noexcept
{
    return m_failed ||
           (nghttp2_session_want_read(m_session.get()) == 0 && nghttp2_session_want_write(m_session.get()) == 0);
}

// Until the client must have said something. Streams have time limits of their own.
Milliseconds Http2Session::patience() const
{
    const config::ListenerConfig &config = m_host.listener().config();
    if (m_head)
        return std::chrono::duration_cast<Milliseconds>(m_headBegun + Milliseconds(config.headTimeout) - loop().now());
    const Milliseconds idle = config.idleTimeout;
    if (!m_streams.empty())
        return idle;
    return std::chrono::duration_cast<Milliseconds>(m_quietSince + idle - loop().now());
}

// ---- from the client

int Http2Session::onFrameBegun(const nghttp2_frame_hd &header)
{
    const bool isForNobody = header.type == NGHTTP2_HEADERS && !find(header.stream_id) &&
                             header.stream_id <= nghttp2_session_get_last_proc_stream_id(m_session.get());
    const SteadyTime now = loop().now();
    if (isForNobody ? m_floods.charge(now) : m_floods.admits(header, now))
        return 0;
    return nghttp2_session_terminate_session(m_session.get(), NGHTTP2_ENHANCE_YOUR_CALM);
}

int Http2Session::onHeadBegun(const nghttp2_frame &frame)
{
    m_head.reset();
    if (frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST)
        m_head.emplace(static_cast<std::size_t>(m_host.listener().config().maxHead));
    m_trailersOf = m_head ? 0 : frame.hd.stream_id;
    m_headBegun = loop().now();
    return 0;
}

int Http2Session::onField(std::string_view name, std::string_view value)
{
    if (!m_head) {
        if (Http2Stream *stream = find(m_trailersOf))
            stream->takeTrailer(name, value);
        return 0;
    }
    m_head->add(name, value);
    return m_head->isBeyond(kMostOverLimit) ? NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE : 0;
}

void Http2Session::onFrameReceived(const nghttp2_frame &frame)
{
    const bool endsStream = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA)
        return;
    if (m_head)
        begin(frame.hd.stream_id, !endsStream);
    if (Http2Stream *stream = endsStream ? find(frame.hd.stream_id) : nullptr)
        stream->takeEnd();
}

void Http2Session::begin(std::int32_t id, bool hasBody)
{
    auto stream = std::make_unique<Http2Stream>(*this, id, m_head->finish(hasBody));
    m_head.reset();
    m_quietSince = loop().now();
    nghttp2_session_set_stream_user_data(m_session.get(), id, stream.get());
    m_streams.push_back(stream.get());
    m_host.server().serveStream(m_host, std::move(stream));
}

void Http2Session::onData(std::int32_t id, std::string_view data)
{
    if (Http2Stream *stream = find(id))
        stream->takeData(data);
    else
        consumed(id, data.size());
}

void Http2Session::onClosed(std::int32_t id, bool inOrder)
{
    if (Http2Stream *stream = find(id))
        stream->takeClose(inOrder);
}

// ---- from the streams

void Http2Session::consumed(std::int32_t id, std::size_t size)
{
    nghttp2_session_consume(m_session.get(), id, size);
    wakeWriter();
}

void Http2Session::submitInterim(std::int32_t id, const wire::ResponseHead &head)
{
    submit(id, head, true, nullptr);
}

void Http2Session::submitAnswer(std::int32_t id, const wire::ResponseHead &head, bool hasBody)
{
    const nghttp2_data_provider body{
        {},
        [](nghttp2_session *, std::int32_t stream, std::uint8_t *room, std::size_t size, std::uint32_t *flags,
           nghttp2_data_source *, void *pointer) {
            return self(pointer).giveData(stream, {reinterpret_cast<char *>(room), size}, *flags);
        }};
    submit(id, head, false, hasBody ? &body : nullptr);
}

void Http2Session::submit(std::int32_t id, const wire::ResponseHead &head, bool isInterim,
                          const nghttp2_data_provider *body)
{
    Http2Fields fields(head.length());
    const std::string status = std::to_string(head.status());
    fields.add(":status", status);
    for (std::size_t i = 0; i < head.fieldCount(); ++i) {
        if (!head.hopByHop(i))
            fields.addLower(head.name(i), head.value(i));
    }
    if (isInterim)
        nghttp2_submit_headers(m_session.get(), NGHTTP2_FLAG_NONE, id, nullptr, fields.data(), fields.size(), nullptr);
    else
        nghttp2_submit_response(m_session.get(), id, fields.data(), fields.size(), body);
    wakeWriter();
}

void Http2Session::resume(std::int32_t id)
{
    nghttp2_session_resume_data(m_session.get(), id);
    wakeWriter();
}

void Http2Session::reset(std::int32_t id)
{
    nghttp2_submit_rst_stream(m_session.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_INTERNAL_ERROR);
    wakeWriter();
}

void Http2Session::retryLater(std::int32_t id)
{
    m_tasks.start(tryAgainLater(id));
}

engine::Task<> Http2Session::tryAgainLater(std::int32_t id)
{
    co_await loop().yield();
    if (Http2Stream *stream = find(id))
        stream->tryAgain();
}

void Http2Session::forget(const Http2Stream &stream, bool isOpen)
{
    std::erase(m_streams, &stream);
    m_quietSince = loop().now();
    if (isOpen) {
        nghttp2_session_set_stream_user_data(m_session.get(), stream.id(), nullptr);
        reset(stream.id());
    }
    if (m_streams.empty() && m_waiter)
        loop().resumeSoon(std::exchange(m_waiter, {}));
}

// ---- to the client

std::ptrdiff_t Http2Session::giveData(std::int32_t id, std::span<char> room, std::uint32_t &flags)
{
    Http2Stream *stream = find(id);
    if (!stream)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    bool isEnd = false;
    const std::size_t count = stream->giveData(room, isEnd);
    if (isEnd)
        flags |= endOfData(m_session.get(), id, stream->trailers());
    else if (count == 0)
        return NGHTTP2_ERR_DEFERRED;
    m_eased.push_back(id);
    return static_cast<std::ptrdiff_t>(count);
}

void Http2Session::onFrameSent(const nghttp2_frame &frame)
{
    m_floods.sent(frame.hd);
    // The rest of a request is not wanted once it is answered (section 8.1).
    const bool endsStream = (frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA) &&
                            (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (endsStream && nghttp2_session_get_stream_remote_close(m_session.get(), frame.hd.stream_id) == 0)
        nghttp2_submit_rst_stream(m_session.get(), NGHTTP2_FLAG_NONE, frame.hd.stream_id, NGHTTP2_NO_ERROR);
}

void Http2Session::wakeWriter()
{
    if (m_writing || m_failed)
        return;
    m_writing = true;
    m_tasks.start(write());
}

bool Http2Session::fill(engine::Buffer &out)
{
    for (;;) {
        if (m_pending.empty()) {
            const std::uint8_t *data = nullptr;
            const std::ptrdiff_t size = nghttp2_session_mem_send(m_session.get(), &data);
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

engine::Task<> Http2Session::write()
{
    co_await loop().afterOthers();
    engine::Buffer out(loop().buffers());
    while (fill(out)) {
        for (const std::int32_t id : std::exchange(m_eased, {})) {
            if (Http2Stream *stream = find(id))
                stream->takeRoom();
        }
        const engine::IoResult sent =
            co_await m_host.client().send(out.view(), m_host.listener().config().writeTimeout);
        out.clear();
        if (!sent.ok()) {
            m_failed = true;
            break;
        }
    }
    m_writing = false;
    if (isOver())
        m_host.client().cancelReceive();
}

void Http2Session::closeStreams()
{
    for (Http2Stream *stream : std::vector(m_streams)) {
        nghttp2_session_set_stream_user_data(m_session.get(), stream->id(), nullptr);
        stream->takeClose(false);
    }
}

} // namespace mainstay::http
