// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/upstream_http2.h"

#include "http/fairness.h"
#include "http/http2_fields.h"
#include "http/upstream_http2_stream.h"
#include "wire/http_chars.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace mainstay::http {

namespace {

// As many as may be begun before the server has said how many it takes (nghttp2's own measure).
constexpr std::size_t kMostStreams = 100;
// What all of them may hold together, so that those which nobody reads do not hold up the others.
constexpr std::int32_t kConnectionWindow = kMostStreams * engine::kBlockSize; // bytes
// Streams that are answered whole, but for the frame that says so: a reset would look like a complaint.
constexpr std::size_t kMostEnding = 32;
constexpr std::size_t kMostHead = std::size_t{32} * 1024;
constexpr Milliseconds kWriteTimeout{30'000};
constexpr Milliseconds kForever{24 * 3'600'000};
// A connection that has been silent for a request that took longer may be dead, and gets no further ones.
constexpr Milliseconds kSuspicious{1'000};

constexpr std::array kSettings{
    nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
    nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(kMostHead)},
};

// All streams of such a connection are its own.
UpstreamHttp2Stream &ownStream(Http2TextStream &stream)
{
    return static_cast<UpstreamHttp2Stream &>(stream);
}

} // namespace

std::shared_ptr<UpstreamHttp2> UpstreamHttp2::begin(std::unique_ptr<engine::Stream> begun, Milliseconds connectTimeout,
                                                    engine::TaskScope &scope)
{
    auto session = std::make_shared<UpstreamHttp2>(std::move(begun));
    scope.start(run(session, connectTimeout));
    return session;
}

UpstreamHttp2::UpstreamHttp2(std::unique_ptr<engine::Stream> begun)
    : Http2Connection(Role::client, begun->loop(), kSettings, kConnectionWindow), m_socket(std::move(begun)),
      m_heardAt(loop().now())
{}

UpstreamHttp2::~UpstreamHttp2() = default;

UpstreamHttp2Stream *UpstreamHttp2::find(std::int32_t id) const noexcept
{
    return static_cast<UpstreamHttp2Stream *>(stream(id));
}

bool UpstreamHttp2::takesRequests() const noexcept
{
    if (m_isRetiring || m_isClosing || takesNothing() || m_state == State::ended)
        return false;
    const std::size_t most = nghttp2_session_get_remote_settings(session(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
    return streams().size() + m_ending.size() < std::min(most, kMostStreams) &&
           nghttp2_session_check_request_allowed(session()) != 0;
}

std::unique_ptr<engine::Stream> UpstreamHttp2::open()
{
    if (m_unheardSince <= m_heardAt)
        m_unheardSince = loop().now();
    auto stream = std::make_unique<UpstreamHttp2Stream>(shared_from_this());
    add(*stream);
    return stream;
}

Milliseconds UpstreamHttp2::idleTime() const noexcept
{
    if (!streams().empty())
        return Milliseconds{0};
    return std::chrono::duration_cast<Milliseconds>(loop().now() - quietSince());
}

void UpstreamHttp2::retire()
{
    m_isRetiring = true;
    if (streams().empty())
        close();
}

void UpstreamHttp2::close()
{
    if (m_isClosing || m_state == State::ended)
        return;
    m_isClosing = true;
    if (m_state == State::standing) {
        nghttp2_session_terminate_session(session(), NGHTTP2_NO_ERROR);
        wakeWriter();
    }
    m_socket->cancel();
}

engine::Task<> UpstreamHttp2::run(std::shared_ptr<UpstreamHttp2> self, Milliseconds connectTimeout)
{
    const engine::IoResult connected = co_await self->m_socket->connected(connectTimeout);
    if (connected.ok() && !self->m_isClosing) {
        self->m_state = State::standing;
        self->stand();
        self->m_heardAt = self->loop().now();
        for (Http2TextStream *stream : std::vector(self->streams()))
            ownStream(*stream).takeConnected(true);
        self->wakeWriter();
        co_await self->receive();
        self->wakeWriter();                // for what it has to say at the end
        co_await self->loop().endOfTurn(); // behind the writer
        self->m_socket->cancelSend();
    }
    const bool stood = self->m_state == State::standing;
    self->m_state = State::ended;
    self->takeNothing();
    self->closeStreams(!stood);
    co_await self->tasksDone();
    if (stood)
        self->m_socket->shutdownSend();
    co_await self->lastStreamGone(); // which may have put something off
    co_await self->tasksDone();
}

engine::Task<> UpstreamHttp2::receive()
{
    engine::Buffer in(loop().buffers());
    std::size_t inARow = 0;
    while (!m_isClosing && !isOver()) {
        const engine::IoResult received = co_await m_socket->receive(in, kForever);
        if (!in.isEmpty()) {
            inARow += in.size();
            m_heardAt = loop().now();
            if (!take(in))
                co_return;
            wakeWriter();
        }
        const bool isWoken = received.status == engine::IoStatus::cancelled && !m_socket->isAborted();
        if (!received.ok() && received.status != engine::IoStatus::timedOut && !isWoken)
            co_return;
        if (inARow >= kMostInARow) { // here, so that what has happened meanwhile is looked at before the next wait
            co_await loop().yield();
            inARow = 0;
        }
    }
}

Milliseconds UpstreamHttp2::writeTimeout() const noexcept
{
    return kWriteTimeout;
}

bool UpstreamHttp2::isOver() const noexcept
{
    // After another failure of a send, what the server has said until then is read.
    return sendFailure() == engine::IoStatus::timedOut || isSaid();
}

void UpstreamHttp2::closeStreams(bool isUntouched)
{
    for (Http2TextStream *detached : detachStreams()) {
        UpstreamHttp2Stream &stream = ownStream(*detached);
        stream.takeConnected(false);
        stream.takeClose(NGHTTP2_NO_ERROR, isUntouched || !stream.isSent());
    }
}

// ---- from the server

bool UpstreamHttp2::admits(const nghttp2_frame_hd &header)
{
    // A reset takes a request back that is ours, and an answer to nobody is work for nothing.
    if (header.type == NGHTTP2_HEADERS || header.type == NGHTTP2_RST_STREAM)
        return stream(header.stream_id) != nullptr || charge();
    return Http2Connection::admits(header);
}

void UpstreamHttp2::onHeadBegun(const nghttp2_frame &frame)
{
    m_head = {};
    const UpstreamHttp2Stream *stream = frame.hd.type == NGHTTP2_HEADERS ? find(frame.hd.stream_id) : nullptr;
    if (!stream)
        return;
    m_head.of = frame.hd.stream_id;
    m_head.isTrailer = stream->isAnswered();
}

bool UpstreamHttp2::takeField(std::string_view name, std::string_view value)
{
    UpstreamHttp2Stream *stream = m_head.of > 0 ? find(m_head.of) : nullptr;
    if (!stream)
        return true;
    if (m_head.isTrailer) {
        stream->takeTrailer(name, value);
        return true;
    }
    if (name == ":status") {
        for (const char digit : value)
            m_head.status = m_head.status * 10 + static_cast<unsigned>(digit - '0');
        return true;
    }
    constexpr std::size_t kAround = 4; // ": " and the end of the line
    if (m_head.fields.size() + name.size() + value.size() + kAround > kMostHead)
        return false;
    if (name == "content-length") // digits alone: nghttp2 has looked
        std::from_chars(value.data(), value.data() + value.size(), m_head.length.emplace());
    m_head.fields.append(name).append(": ").append(value).append("\r\n");
    return true;
}

void UpstreamHttp2::onFrameReceived(const nghttp2_frame &frame)
{
    if (frame.hd.type == NGHTTP2_GOAWAY) {
        m_isRetiring = true; // streams that the server will not look at are closed by nghttp2
        return;
    }
    if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA)
        return;
    const bool endsStream = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    UpstreamHttp2Stream *stream = find(frame.hd.stream_id);
    const Head head = std::exchange(m_head, {});
    if (!stream)
        return;
    if (frame.hd.type == NGHTTP2_HEADERS && head.of == frame.hd.stream_id && !head.isTrailer)
        stream->takeResponse(head.status, head.fields, head.length, endsStream);
    if (endsStream)
        stream->takeEnd();
}

void UpstreamHttp2::takeData(Http2TextStream &stream, std::string_view data)
{
    ownStream(stream).takeContent(data);
}

void UpstreamHttp2::onFrameSent(const nghttp2_frame &frame)
{
    if (UpstreamHttp2Stream *stream = frame.hd.type == NGHTTP2_HEADERS ? find(frame.hd.stream_id) : nullptr)
        stream->setSent();
}

// Of a request that the server does not want any more, or that has been given up.
void UpstreamHttp2::onNotSent(const nghttp2_frame &frame)
{
    if (frame.hd.type != NGHTTP2_HEADERS || frame.headers.cat != NGHTTP2_HCAT_REQUEST)
        return;
    const auto place = std::find_if(streams().begin(), streams().end(), [&frame](const Http2TextStream *stream) {
        return stream->id() == frame.hd.stream_id;
    });
    if (place != streams().end())
        ownStream(**place).takeClose(NGHTTP2_REFUSED_STREAM, true);
}

void UpstreamHttp2::onClosed(std::int32_t id, std::uint32_t error)
{
    std::erase(m_ending, id);
    if (UpstreamHttp2Stream *stream = find(id))
        stream->takeClose(error, error == NGHTTP2_REFUSED_STREAM);
}

// ---- from the streams

bool UpstreamHttp2::submit(UpstreamHttp2Stream &stream, const wire::RequestHead &head)
{
    if (takesNothing())
        return false;
    Http2Fields fields(head.length());
    fields.add(":method", head.methodText());
    fields.add(":scheme", m_socket->isEncrypted() ? "https" : "http");
    if (!head.authority().empty())
        fields.add(":authority", head.authority());
    fields.add(":path", head.pathAndQuery().empty() ? "/" : head.pathAndQuery());
    fields.add("te", "trailers");
    for (std::size_t i = 0; i < head.fieldCount(); ++i) {
        if (!head.hopByHop(i) && head.id(i) != wire::KnownField::host)
            fields.addLower(head.name(i), head.value(i));
    }
    const std::int32_t id =
        nghttp2_submit_request(session(), nullptr, fields.data(), fields.size(),
                               head.body().hasBody() ? &content() : nullptr, static_cast<Http2TextStream *>(&stream));
    if (id <= 0)
        return false;
    stream.setNumber(id);
    wakeWriter();
    return true;
}

void UpstreamHttp2::forget(const UpstreamHttp2Stream &stream, bool isOpen, bool isAnsweredWhole)
{
    remove(stream);
    if (isOpen && stream.id() > 0) {
        if (isAnsweredWhole && m_ending.size() < kMostEnding)
            m_ending.push_back(stream.id());
        else
            reset(stream.id());
    }
    m_isRetiring |= isOpen && m_heardAt < m_unheardSince && quietSince() - m_unheardSince > kSuspicious;
    if (m_isRetiring && streams().empty())
        close();
}

} // namespace mainstay::http
