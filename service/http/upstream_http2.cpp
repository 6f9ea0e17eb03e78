// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/upstream_http2.h"

#include "http/fairness.h"
#include "http/http2_fields.h"
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

} // namespace

std::shared_ptr<UpstreamHttp2> UpstreamHttp2::begin(std::unique_ptr<engine::Stream> begun, Milliseconds connectTimeout,
                                                    engine::TaskScope &scope)
{
    auto session = std::make_shared<UpstreamHttp2>(std::move(begun));
    scope.start(run(session, connectTimeout));
    return session;
}

UpstreamHttp2::UpstreamHttp2(std::unique_ptr<engine::Stream> begun)
    : m_socket(std::move(begun)), m_quietSince(loop().now()), m_heardAt(m_quietSince), m_floods(m_quietSince)
{
    nghttp2_option *option = nullptr;
    nghttp2_session *session = nullptr;
    if (nghttp2_option_new(&option) != 0)
        throw std::bad_alloc();
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_max_outbound_ack(option, 100);
    const int made = nghttp2_session_client_new2(&session, callbacks(), this, option);
    nghttp2_option_del(option);
    if (made != 0)
        throw std::bad_alloc();
    m_session.reset(session);
    const std::array settings{
        nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(kMostHead)},
    };
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
    nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
}

UpstreamHttp2::~UpstreamHttp2() = default;

const nghttp2_session_callbacks *UpstreamHttp2::callbacks()
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

UpstreamHttp2Stream *UpstreamHttp2::find(std::int32_t id) const noexcept
{
    return static_cast<UpstreamHttp2Stream *>(nghttp2_session_get_stream_user_data(m_session.get(), id));
}

bool UpstreamHttp2::takesRequests() const noexcept
{
    if (m_isRetiring || m_isClosing || m_takesNothing || m_state == State::ended)
        return false;
    const std::size_t most =
        nghttp2_session_get_remote_settings(m_session.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
    return m_streams.size() + m_ending.size() < std::min(most, kMostStreams) &&
           nghttp2_session_check_request_allowed(m_session.get()) != 0;
}

std::unique_ptr<engine::Stream> UpstreamHttp2::open()
{
    if (m_unheardSince <= m_heardAt)
        m_unheardSince = loop().now();
    auto stream = std::make_unique<UpstreamHttp2Stream>(shared_from_this());
    m_streams.push_back(stream.get());
    return stream;
}

Milliseconds UpstreamHttp2::idleTime() const noexcept
{
    if (!m_streams.empty())
        return Milliseconds{0};
    return std::chrono::duration_cast<Milliseconds>(loop().now() - m_quietSince);
}

void UpstreamHttp2::retire()
{
    m_isRetiring = true;
    if (m_streams.empty())
        close();
}

void UpstreamHttp2::close()
{
    if (m_isClosing || m_state == State::ended)
        return;
    m_isClosing = true;
    if (m_state == State::standing) {
        nghttp2_session_terminate_session(m_session.get(), NGHTTP2_NO_ERROR);
        wakeWriter();
    }
    m_socket->cancel();
}

engine::Task<> UpstreamHttp2::run(std::shared_ptr<UpstreamHttp2> self, Milliseconds connectTimeout)
{
    const engine::IoResult connected = co_await self->m_socket->connected(connectTimeout);
    if (connected.ok() && !self->m_isClosing) {
        self->m_state = State::standing;
        self->m_heardAt = self->loop().now();
        for (UpstreamHttp2Stream *stream : std::vector(self->m_streams))
            stream->takeConnected(true);
        self->wakeWriter();
        co_await self->receive();
        self->wakeWriter(); // for what it has to say at the end
        co_await self->loop().yield();
        self->m_socket->cancelSend();
    }
    const bool stood = self->m_state == State::standing;
    self->m_state = State::ended;
    self->m_takesNothing = true;
    self->closeStreams(!stood);
    co_await self->m_tasks.empty();
    if (stood)
        self->m_socket->shutdownSend();
    co_await self->lastStreamGone(); // which may have put something off
    co_await self->m_tasks.empty();
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
            const auto taken = nghttp2_session_mem_recv(m_session.get(), bytesOf(in.data()), in.size());
            in.clear();
            if (taken < 0)
                co_return; // no HTTP/2 at all, or a flood
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

bool UpstreamHttp2::isOver() const noexcept
{
    return m_isSilent ||
           (nghttp2_session_want_read(m_session.get()) == 0 && nghttp2_session_want_write(m_session.get()) == 0);
}

void UpstreamHttp2::closeStreams(bool isUntouched)
{
    for (UpstreamHttp2Stream *stream : std::vector(m_streams)) {
        if (stream->id() > 0)
            nghttp2_session_set_stream_user_data(m_session.get(), stream->id(), nullptr);
        stream->takeConnected(false);
        stream->takeClose(NGHTTP2_NO_ERROR, isUntouched || !stream->isSent());
    }
}

// ---- from the server

int UpstreamHttp2::onFrameBegun(const nghttp2_frame_hd &header)
{
    // A reset takes a request back that is ours, and an answer to nobody is work for nothing.
    const bool isHeadOrReset = header.type == NGHTTP2_HEADERS || header.type == NGHTTP2_RST_STREAM;
    bool isAdmitted = false;
    if (isHeadOrReset)
        isAdmitted = find(header.stream_id) != nullptr || m_floods.charge(loop().now());
    else
        isAdmitted = m_floods.admits(header, loop().now());
    return isAdmitted ? 0 : nghttp2_session_terminate_session(m_session.get(), NGHTTP2_ENHANCE_YOUR_CALM);
}

int UpstreamHttp2::onHeadBegun(const nghttp2_frame &frame)
{
    m_head = {};
    const UpstreamHttp2Stream *stream = frame.hd.type == NGHTTP2_HEADERS ? find(frame.hd.stream_id) : nullptr;
    if (!stream)
        return 0;
    m_head.of = frame.hd.stream_id;
    m_head.isTrailer = stream->isAnswered();
    return 0;
}

int UpstreamHttp2::onField(std::string_view name, std::string_view value)
{
    UpstreamHttp2Stream *stream = m_head.of > 0 ? find(m_head.of) : nullptr;
    if (!stream)
        return 0;
    if (m_head.isTrailer) {
        stream->takeTrailer(name, value);
        return 0;
    }
    if (name == ":status") {
        for (const char digit : value)
            m_head.status = m_head.status * 10 + static_cast<unsigned>(digit - '0');
        return 0;
    }
    constexpr std::size_t kAround = 4; // ": " and the end of the line
    if (m_head.fields.size() + name.size() + value.size() + kAround > kMostHead)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; // resets the stream
    if (name == "content-length")                     // digits alone: nghttp2 has looked
        std::from_chars(value.data(), value.data() + value.size(), m_head.length.emplace());
    m_head.fields.append(name).append(": ").append(value).append("\r\n");
    return 0;
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

void UpstreamHttp2::onData(std::int32_t id, std::string_view data)
{
    if (UpstreamHttp2Stream *stream = find(id))
        stream->takeContent(data);
    else
        consumed(id, data.size());
}

void UpstreamHttp2::onFrameSent(const nghttp2_frame &frame)
{
    m_floods.sent(frame.hd);
    if (UpstreamHttp2Stream *stream = frame.hd.type == NGHTTP2_HEADERS ? find(frame.hd.stream_id) : nullptr)
        stream->setSent();
}

// Of a request that the server does not want any more, or that has been given up.
void UpstreamHttp2::onNotSent(const nghttp2_frame &frame)
{
    if (frame.hd.type != NGHTTP2_HEADERS || frame.headers.cat != NGHTTP2_HCAT_REQUEST)
        return;
    const auto place = std::find_if(m_streams.begin(), m_streams.end(), [&frame](const UpstreamHttp2Stream *stream) {
        return stream->id() == frame.hd.stream_id;
    });
    if (place != m_streams.end())
        (*place)->takeClose(NGHTTP2_REFUSED_STREAM, true);
}

void UpstreamHttp2::onClosed(std::int32_t id, std::uint32_t error)
{
    std::erase(m_ending, id);
    if (UpstreamHttp2Stream *stream = find(id))
        stream->takeClose(error, error == NGHTTP2_REFUSED_STREAM);
}

// ---- from the streams

void UpstreamHttp2::consumed(std::int32_t id, std::size_t size)
{
    nghttp2_session_consume(m_session.get(), id, size);
    wakeWriter();
}

void UpstreamHttp2::resume(std::int32_t id)
{
    nghttp2_session_resume_data(m_session.get(), id);
    wakeWriter();
}

void UpstreamHttp2::reset(std::int32_t id)
{
    if (id <= 0)
        return;
    nghttp2_submit_rst_stream(m_session.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    wakeWriter();
}

bool UpstreamHttp2::submit(UpstreamHttp2Stream &stream, const wire::RequestHead &head)
{
    if (m_takesNothing)
        return false;
    const nghttp2_data_provider body{
        {},
        [](nghttp2_session *, std::int32_t id, std::uint8_t *room, std::size_t size, std::uint32_t *flags,
           nghttp2_data_source *, void *pointer) {
            return self(pointer).giveData(id, {reinterpret_cast<char *>(room), size}, *flags);
        }};
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
    const std::int32_t id = nghttp2_submit_request(m_session.get(), nullptr, fields.data(), fields.size(),
                                                   head.body().hasBody() ? &body : nullptr, &stream);
    if (id <= 0)
        return false;
    stream.setNumber(id);
    wakeWriter();
    return true;
}

void UpstreamHttp2::retryLater(UpstreamHttp2Stream &stream)
{
    m_tasks.start(tryAgainLater(stream));
}

engine::Task<> UpstreamHttp2::tryAgainLater(UpstreamHttp2Stream &stream)
{
    co_await loop().yield();
    if (std::find(m_streams.begin(), m_streams.end(), &stream) != m_streams.end())
        stream.tryAgain();
}

void UpstreamHttp2::forget(const UpstreamHttp2Stream &stream, bool isOpen, bool isAnsweredWhole)
{
    std::erase(m_streams, &stream);
    m_quietSince = loop().now();
    if (isOpen && stream.id() > 0) {
        nghttp2_session_set_stream_user_data(m_session.get(), stream.id(), nullptr);
        if (isAnsweredWhole && m_ending.size() < kMostEnding)
            m_ending.push_back(stream.id());
        else
            reset(stream.id());
    }
    m_isRetiring |= isOpen && m_heardAt < m_unheardSince && m_quietSince - m_unheardSince > kSuspicious;
    if (m_isRetiring && m_streams.empty())
        close();
    if (m_streams.empty() && m_waiter)
        loop().resumeSoon(std::exchange(m_waiter, {}));
}

// ---- to the server

std::ptrdiff_t UpstreamHttp2::giveData(std::int32_t id, std::span<char> room, std::uint32_t &flags)
{
    UpstreamHttp2Stream *stream = find(id);
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

void UpstreamHttp2::wakeWriter()
{
    if (m_isWriting || m_takesNothing || m_state != State::standing)
        return;
    m_isWriting = true;
    m_tasks.start(write());
}

bool UpstreamHttp2::fill(engine::Buffer &out)
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

engine::Task<> UpstreamHttp2::write()
{
    co_await loop().afterOthers();
    engine::Buffer out(loop().buffers());
    while (!m_takesNothing && fill(out)) {
        for (const std::int32_t id : std::exchange(m_eased, {})) {
            if (UpstreamHttp2Stream *stream = find(id))
                stream->takeRoom();
        }
        const engine::IoResult sent = co_await m_socket->send(out.view(), kWriteTimeout);
        out.clear();
        if (!sent.ok()) {
            m_takesNothing = true;
            m_isSilent = sent.status == engine::IoStatus::timedOut; // else what it has said until then is read
            break;
        }
    }
    m_isWriting = false;
    if (isOver())
        m_socket->cancelReceive();
}

// ---- a stream

UpstreamHttp2Stream::UpstreamHttp2Stream(std::shared_ptr<UpstreamHttp2> session)
    : Http2TextStream(*session, session->loop(), 0), m_session(std::move(session))
{}

UpstreamHttp2Stream::~UpstreamHttp2Stream()
{
    const bool isAnsweredWhole = isWhole() && m_isAnswered && m_contentLeft == 0 && !hasUnreadMessage();
    dropUnread();
    m_session->forget(*this, !isClosed(), isAnsweredWhole);
}

std::string UpstreamHttp2Stream::failure() const
{
    switch (m_error) {
    case NGHTTP2_NO_ERROR:
        return m_session->socket().failure();
    case NGHTTP2_REFUSED_STREAM:
    case NGHTTP2_CANCEL:
        return {};
    default:
        return "the stream was reset: " + std::string(nghttp2_http2_strerror(m_error));
    }
}

bool UpstreamHttp2Stream::beginConnect() noexcept
{
    out().result = {};
    if (isUnusable(out()) || m_session->state() == UpstreamHttp2::State::standing)
        return true;
    if (m_session->state() == UpstreamHttp2::State::connecting)
        return false;
    out().result.status = engine::IoStatus::failed;
    return true;
}

void UpstreamHttp2Stream::takeConnected(bool isStanding)
{
    if (!out().waiter)
        return;
    if (!isStanding)
        out().result.status = engine::IoStatus::failed;
    complete(out());
}

void UpstreamHttp2Stream::takeResponse(unsigned status, const std::string &fields, std::optional<std::uint64_t> length,
                                       bool isEnd)
{
    const bool isInterim = status < 200;
    const bool isBodiless = isInterim || status == 204 || status == 304 || m_isHead;
    const bool isChunked = !isBodiless && !length && !isEnd;
    std::string text = "HTTP/1.1 " + std::to_string(status) + " \r\n" + fields;
    if (isChunked)
        text += "transfer-encoding: chunked\r\n";
    else if (!isBodiless && !length)
        text += "content-length: 0\r\n";
    text += "\r\n";
    if (unreadHead() + text.size() > engine::kBlockSize)
        return m_session->reset(id()); // interim ones without an end
    m_isAnswered = !isInterim;
    if (m_isAnswered && !isChunked)
        m_contentLeft = isBodiless ? 0 : length.value_or(0);
    addHead(text, isChunked);
}

void UpstreamHttp2Stream::takeContent(std::string_view data)
{
    m_contentLeft -= std::min<std::uint64_t>(m_contentLeft, data.size());
    takeData(data);
}

void UpstreamHttp2Stream::takeClose(std::uint32_t error, bool isUntouched)
{
    close();
    m_error = error;
    m_isUntouched = isUntouched && !m_isAnswered;
    report({.readable = true, .writable = true, .closed = true});
}

engine::Stream::Outcome UpstreamHttp2Stream::readSome(std::span<char> room) noexcept
{
    const Outcome outcome = readMessage(room);
    if (outcome.attempt != Attempt::wantsRead || !isClosed())
        return outcome;
    return {hasReadEnd() ? Attempt::ended : Attempt::failed};
}

bool UpstreamHttp2Stream::takeHead(std::string_view text, wire::BodyFraming &framing, bool &isInterim)
{
    wire::RequestHead head;
    if (head.parse(text, engine::kBlockSize) != wire::ParseStatus::complete)
        return false;
    isInterim = false;
    framing = head.body();
    m_isHead = head.method() == wire::Method::head;
    return m_session->submit(*this, head);
}

} // namespace mainstay::http
