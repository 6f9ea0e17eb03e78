// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/http2_session.h"

#include "http/connection.h"
#include "http/fairness.h"
#include "http/http2_fields.h"
#include "http/http2_stream.h"
#include "http/listener.h"
#include "http/server.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>

namespace mainstay::http {

namespace {

constexpr unsigned kBadRequest = 400;
constexpr unsigned kHeadTooLarge = 431;
constexpr std::uint32_t kMostStreams = 128;
constexpr std::int32_t kConnectionWindow = 1024 * 1024; // bytes
// Of fields that are thrown away for being too many: beyond so many times the limit the stream is given up.
constexpr std::size_t kMostOverLimit = 8;
// For a client to answer that it has heard of the end to come.
constexpr Milliseconds kFarewell{1000};
constexpr std::array<std::uint8_t, 8> kFarewellPing{'f', 'a', 'r', 'e', 'w', 'e', 'l', 'l'};

std::array<nghttp2_settings_entry, 2> settingsOf(const config::ListenerConfig &config)
{
    return {{{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kMostStreams},
             {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(config.maxHead)}}};
}

// All streams of a session are its own.
Http2Stream &ownStream(Http2TextStream &stream)
{
    return static_cast<Http2Stream &>(stream);
}

void addAnswer(Http2Fields &fields, const wire::ResponseHead &head)
{
    fields.add(":status", fields.keep(std::to_string(head.status())));
    for (std::size_t i = 0; i < head.fieldCount(); ++i) {
        if (!head.hopByHop(i))
            fields.addLower(head.name(i), head.value(i));
    }
}

} // namespace

Http2Session::Http2Session(Connection &host)
    : Http2Connection(Role::server, host.server().loop(), settingsOf(host.listener().config()), kConnectionWindow),
      m_host(host)
{}

Http2Session::~Http2Session() = default;

Endpoint Http2Session::localEndpoint() const noexcept
{
    return m_host.service();
}

engine::Stream &Http2Session::socket() const noexcept
{
    return m_host.client();
}

Milliseconds Http2Session::writeTimeout() const noexcept
{
    return m_host.listener().config().writeTimeout;
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
            if (!take(in))
                break;
        }
        wakeWriter();
        if (isOver())
            break;
        const engine::IoResult received = co_await socket().receive(in, std::max(patience(), Milliseconds{0}));
        if (received.status == engine::IoStatus::timedOut) {
            if (m_doorCloses && loop().now() >= *m_doorCloses)
                closeDoor();
            if (patience() > Milliseconds{0})
                continue;
            nghttp2_session_terminate_session(session(), m_head ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_NO_ERROR);
            wakeWriter();
            break;
        }
        if (received.status == engine::IoStatus::cancelled && !m_host.isAborted() && !isOver())
            continue; // the writer has ended something, but not the last
        if (!received.ok())
            break;
    }
    for (Http2TextStream *stream : detachStreams()) // whose tasks end then by themselves
        ownStream(*stream).takeClose(false);
    wakeWriter();
    co_await tasksDone();
    co_await lastStreamGone(); // which may have had something to say
    co_await tasksDone();
}

void Http2Session::drain()
{
    if (std::exchange(m_isDraining, true))
        return;
    m_doorCloses = loop().now() + kFarewell;
    nghttp2_submit_shutdown_notice(session());
    wakeWriter();
    socket().cancelReceive(); // whose time limit is another one now
}

void Http2Session::closeDoor()
{
    if (!std::exchange(m_doorCloses, std::nullopt))
        return;
    nghttp2_submit_goaway(session(), NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session()),
                          NGHTTP2_NO_ERROR, nullptr, 0);
    wakeWriter();
}

// Until the client must have said something. Streams have time limits of their own.
Milliseconds Http2Session::patience() const
{
    const config::ListenerConfig &config = m_host.listener().config();
    SteadyTime until = loop().now() + Milliseconds(config.idleTimeout);
    if (m_head)
        until = m_headBegun + Milliseconds(config.headTimeout);
    else if (streams().empty())
        until = quietSince() + Milliseconds(config.idleTimeout);
    if (m_doorCloses)
        until = std::min(until, *m_doorCloses);
    return std::chrono::ceil<Milliseconds>(until - loop().now());
}

// ---- from the client

bool Http2Session::admits(const nghttp2_frame_hd &header)
{
    const bool isForNobody = header.type == NGHTTP2_HEADERS && !stream(header.stream_id) &&
                             header.stream_id <= nghttp2_session_get_last_proc_stream_id(session());
    return isForNobody ? charge() : Http2Connection::admits(header);
}

void Http2Session::onHeadBegun(const nghttp2_frame &frame)
{
    refuseHead();
    if (frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST)
        m_head.emplace(static_cast<std::size_t>(m_host.listener().config().maxHead));
    m_headOf = m_head ? frame.hd.stream_id : 0;
    m_trailersOf = m_head ? 0 : frame.hd.stream_id;
    m_headBegun = loop().now();
}

// Of a head that nghttp2 has refused nothing more is heard.
void Http2Session::refuseHead()
{
    if (!m_head)
        return;
    m_host.noteRefused(m_head->firstLine(), m_head->isBeyond(1) ? kHeadTooLarge : kBadRequest, m_headBegun);
    m_head.reset();
}

bool Http2Session::takeField(std::string_view name, std::string_view value)
{
    if (!m_head) {
        if (Http2TextStream *taker = stream(m_trailersOf))
            taker->takeTrailer(name, value);
        return true;
    }
    m_head->add(name, value);
    if (!m_head->isBeyond(kMostOverLimit))
        return true;
    if (!charge())
        endFlood();
    return false;
}

void Http2Session::onFrameReceived(const nghttp2_frame &frame)
{
    if (frame.hd.type == NGHTTP2_PING && (frame.hd.flags & NGHTTP2_FLAG_ACK) != 0 &&
        std::equal(kFarewellPing.begin(), kFarewellPing.end(), std::begin(frame.ping.opaque_data)))
        closeDoor(); // what the client had begun before it knew has come by now
    const bool endsStream = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA)
        return;
    if (m_head && frame.hd.type == NGHTTP2_HEADERS && frame.hd.stream_id == m_headOf)
        begin(m_headOf, !endsStream);
    if (Http2TextStream *ended = endsStream ? stream(frame.hd.stream_id) : nullptr)
        ended->takeEnd();
}

void Http2Session::onFlood()
{
    m_host.listener().current().cell->floods[m_host.server().workerIndex()].add(1);
}

void Http2Session::begin(std::int32_t id, bool hasBody)
{
    const bool isChunked = hasBody && !m_head->hasLength();
    auto stream = std::make_unique<Http2Stream>(*this, id, m_head->finish(isChunked), isChunked);
    m_head.reset();
    add(*stream);
    m_host.server().serveStream(m_host, std::move(stream));
}

void Http2Session::onClosed(std::int32_t id, std::uint32_t error)
{
    if (m_headOf == id)
        refuseHead();
    if (Http2TextStream *closed = stream(id))
        ownStream(*closed).takeClose(error == NGHTTP2_NO_ERROR);
}

// ---- to the client

void Http2Session::submitInterim(std::int32_t id, const wire::ResponseHead &head)
{
    Http2Fields fields(head.length());
    addAnswer(fields, head);
    nghttp2_submit_headers(session(), NGHTTP2_FLAG_NONE, id, nullptr, fields.data(), fields.size(), nullptr);
    wakeWriter();
}

void Http2Session::submitAnswer(std::int32_t id, const wire::ResponseHead &head, bool hasBody)
{
    Http2Fields fields(head.length());
    addAnswer(fields, head);
    nghttp2_submit_response(session(), id, fields.data(), fields.size(), hasBody ? &content() : nullptr);
    wakeWriter();
}

void Http2Session::forget(const Http2Stream &stream, bool isOpen)
{
    remove(stream);
    if (isOpen)
        reset(stream.id());
}

void Http2Session::onFrameSent(const nghttp2_frame &frame)
{
    // Not before the notice, as nghttp2 would send it: who answers is to have heard that.
    if (frame.hd.type == NGHTTP2_GOAWAY && m_doorCloses)
        nghttp2_submit_ping(session(), NGHTTP2_FLAG_NONE, kFarewellPing.data());
    // The rest of a request is not wanted once it is answered (section 8.1).
    const bool endsStream = (frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA) &&
                            (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (endsStream && nghttp2_session_get_stream_remote_close(session(), frame.hd.stream_id) == 0)
        nghttp2_submit_rst_stream(session(), NGHTTP2_FLAG_NONE, frame.hd.stream_id, NGHTTP2_NO_ERROR);
}

} // namespace mainstay::http
