// SPDX-License-Identifier: GPL-3.0-or-later
// One stream of HTTP/2 with the shape of a connection that carries one request in HTTP/1.1.
#pragma once

#include "engine/buffer_pool.h"
#include "engine/stream.h"
#include "wire/chunked_decoder.h"
#include "wire/http1_response.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mainstay::http {

class Http2Session;

// Worker thread. What is read is the request, in HTTP/1.1, then an end once the client has the whole answer. What is
// written is the answer in HTTP/1.1: its head and its content go to the session. Holds 64 KiB for each direction at the
// most; the client's window is opened as the request is read, and a send waits until the client takes what there is.
class Http2Stream final : public engine::Stream {
public:
    Http2Stream(Http2Session &session, std::int32_t id, std::string requestHead);
    // Resets what is not at its end.
    ~Http2Stream() override;

    [[nodiscard]] std::int32_t id() const noexcept { return m_id; }

    // True also while the client has not taken all of the answer: such a stream is not idle.
    [[nodiscard]] bool hasUnread() const noexcept override;
    // An answer that is not whole by now never will be.
    void shutdownSend() noexcept override;
    void resetOnClose() noexcept override {} // what is not at its end is reset in any case
    [[nodiscard]] const engine::TlsSession *tls() const noexcept override;
    [[nodiscard]] Endpoint localEndpoint() const noexcept override;
    // That of the connection, to the first stream of it.
    [[nodiscard]] std::int64_t takeHandshake() noexcept override;

    // What comes from the client. The data fit: the client keeps to its window.
    void takeData(std::string_view data);
    void takeEnd();
    // The stream is closed: in order when both sides had their end.
    void takeClose(bool inOrder);

    // What goes to the client: fills `room`; 0 while there is nothing. `isEnd` when nothing will follow.
    std::size_t giveData(std::span<char> room, bool &isEnd);
    // The session has taken data: sends that wait may go on.
    void takeRoom();
    // What was put off is tried again.
    void tryAgain() { report({}); }

private:
    enum class Answer : std::uint8_t { head, length, chunks, whole };

    Outcome readSome(std::span<char> room) noexcept override;
    Outcome writeSome(const engine::Pieces &pieces) noexcept override;
    Outcome writeFile(const engine::FileRange &file) noexcept override;
    bool hasMore() noexcept override { return !m_isClosed && hasRequestLeft(); }
    [[nodiscard]] bool isOpen() const noexcept override { return true; }
    void retryLater() override;

    [[nodiscard]] bool hasRequestLeft() const noexcept;
    // The framing that comes next, and what is left of it.
    std::string_view nextFraming();
    // Each takes what it can off the front.
    bool takeHead(std::string_view &bytes);
    bool takeContent(std::string_view &bytes);

    Http2Session &m_session;
    const std::int32_t m_id;

    std::string m_requestHead;
    std::size_t m_headRead = 0;
    bool m_isChunked = false;
    engine::Buffer m_in;          // content of the request
    std::string m_framing;        // of chunks, to be read before content
    std::size_t m_chunkLeft = 0;  // content that may be read before more framing
    bool m_requestEnded = false;  // by the client
    bool m_lastChunkRead = false; // or put into m_framing

    Answer m_answer = Answer::head;
    std::string m_answerHead; // until it is whole
    std::uint64_t m_lengthLeft = 0;
    wire::ChunkedDecoder m_decoder;
    engine::Buffer m_out; // content of the answer

    bool m_isClosed = false;
    bool m_closedInOrder = false;
};

} // namespace mainstay::http
