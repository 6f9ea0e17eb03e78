// SPDX-License-Identifier: GPL-3.0-or-later
// One stream of HTTP/2 whose messages are read and written as HTTP/1.1 has them, whichever end this is.
#pragma once

#include "engine/buffer_pool.h"
#include "engine/stream.h"
#include "wire/chunked_decoder.h"
#include "wire/http1_head.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mainstay::http {

class Http2TextStream;

// Worker thread. What a stream has to say to its connection, by its number.
class Http2Link {
public:
    // So much has been read, and as much more may come.
    virtual void consumed(std::int32_t id, std::size_t size) = 0;
    // More may be under way of this stream, whose window was `window` until now; by how much it has grown.
    [[nodiscard]] virtual std::size_t widen(std::int32_t id, std::size_t window) = 0;
    // There is something to send.
    virtual void resume(std::int32_t id) = 0;
    virtual void reset(std::int32_t id) = 0;
    // To be tried again, by tryAgain(), when others have had their turn.
    virtual void retryLater(Http2TextStream &stream) = 0;

protected:
    ~Http2Link() = default;
};

// Worker thread. One message each way. Holds 64 KiB of content for each direction at the most: the peer's window is
// opened as its message is read, and a send waits until the peer takes what there is.
class Http2TextStream : public engine::Stream {
public:
    [[nodiscard]] std::int32_t id() const noexcept { return m_id; }

    // An unfinished message never will be finished by now.
    void shutdownSend() noexcept override;
    void resetOnClose() noexcept override {} // what is not at its end is reset in any case

    // What comes from the peer. The data fit: the peer keeps to its window, which grows while all is read that comes.
    void takeData(std::string_view data);
    void takeTrailer(std::string_view name, std::string_view value);
    void takeEnd();

    // What goes to the peer: fills `room`; 0 while there is nothing. `isEnd` when no data will follow, but the
    // trailers(), lines as those of ChunkedDecoder.
    std::size_t giveData(std::span<char> room, bool &isEnd);
    [[nodiscard]] const std::string &trailers() const noexcept { return m_decoder.trailers(); }
    // By how much its window has grown.
    [[nodiscard]] std::size_t growth() const noexcept { return m_window - kFirstWindow; }
    // The connection has taken data: sends that wait may go on.
    void takeRoom() { report({.writable = true}); }
    // What was put off is tried again.
    void tryAgain() { report({}); }

protected:
    Http2TextStream(Http2Link &link, engine::Loop &loop, std::int32_t id);

    // To be read before what comes then. `isChunked`: the content that follows comes in chunks.
    void addHead(std::string text, bool isChunked);
    // Takes what a whole head that was written says; `framing` of the content that follows. False when it cannot be.
    virtual bool takeHead(std::string_view head, wire::BodyFraming &framing, bool &isInterim) = 0;

    void setId(std::int32_t id) noexcept { m_id = id; }
    [[nodiscard]] std::size_t unreadHead() const noexcept { return m_readHead.size() - m_headRead; }
    [[nodiscard]] bool hasUnreadMessage() const noexcept;
    [[nodiscard]] bool hasReadEnd() const noexcept { return m_readEnded; }
    // Of what is written.
    [[nodiscard]] bool isBegun() const noexcept { return m_written != Written::head; }
    [[nodiscard]] bool isWhole() const noexcept { return m_written == Written::whole && m_out.isEmpty(); }
    [[nodiscard]] bool isClosed() const noexcept { return m_isClosed; }
    void close() noexcept { m_isClosed = true; }
    // To be called before this is no more: what has not been read takes up the connection's window until then.
    void dropUnread();
    // What there is of the message. `wantsRead` when there is nothing.
    Outcome readMessage(std::span<char> room) noexcept;

    Outcome writeSome(const engine::Pieces &pieces) noexcept override;
    Outcome writeFile(const engine::FileRange &file) noexcept override;
    [[nodiscard]] bool isOpen() const noexcept override { return true; }

private:
    void retryLater() override { m_link.retryLater(*this); }

    enum class Written : std::uint8_t { head, length, chunks, whole };

    // The framing that comes next, and what is left of it.
    std::string_view nextFraming();
    static constexpr std::size_t kFirstWindow = 65'535; // RFC 9113 section 6.9.2

    // So much of the content has been read.
    void noteRead(std::size_t count);
    // Each takes what it can off the front.
    bool collectHead(std::string_view &bytes);
    bool takeContent(std::string_view &bytes);

    Http2Link &m_link;
    std::int32_t m_id;

    std::string m_readHead;
    std::size_t m_headRead = 0;
    bool m_isChunked = false;
    std::vector<engine::Buffer> m_in;    // content; none of them is empty
    std::size_t m_unread = 0;            // bytes in those
    std::size_t m_window = kFirstWindow; // bytes that may be under way or unread
    std::size_t m_readOfWindow = 0;      // since it is that large
    std::string m_framing;               // of chunks, to be read before content
    std::string m_readTrailers;          // lines
    std::size_t m_chunkLeft = 0;         // content that may be read before more framing
    bool m_readEnded = false;            // by the peer
    bool m_lastChunkRead = false;        // or put into m_framing

    Written m_written = Written::head;
    std::string m_writtenHead; // until it is whole
    std::uint64_t m_lengthLeft = 0;
    wire::ChunkedDecoder m_decoder;
    engine::Buffer m_out; // content

    bool m_isClosed = false;
};

} // namespace mainstay::http
