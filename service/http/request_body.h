// SPDX-License-Identifier: GPL-3.0-or-later
// The body of a request, as it comes.
#pragma once

#include "engine/stream.h"
#include "engine/task.h"
#include "http/spool.h"
#include "wire/chunked_decoder.h"
#include "wire/http1_head.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mainstay::http {

// Worker thread. Reads from the connection's buffer and, when that is empty, from its socket. One reader at a time.
class RequestBody {
public:
    enum class Status : std::uint8_t {
        data,
        end,
        malformed, // 400
        tooLarge,  // 413
        timedOut,  // 408
        diskFull,  // 507: no room to store it
        notStored, // 503: no room among the others, or the disk is at fault
        lost,      // the client is gone, or the read was cancelled
    };
    struct Piece {
        Status status = Status::end;
        std::string_view bytes; // valid until the next call of next() or atHand()
    };

    RequestBody() = default;
    // `continues`: the client waits for 100 Continue before it sends. What has come of the body is looked through, so
    // that status() tells of a refusal before anybody else sees the request. Chunks that have come to their end are
    // joined, and are a body by length from then on.
    void begin(engine::Stream &client, engine::Buffer &in, const wire::BodyFraming &framing, bool continues,
               Milliseconds timeout);
    // The largest body, in bytes; 0, as it begins, for none. Before anything of it is taken: status() tells at once of
    // a body that is known to be larger.
    void setLimit(std::uint64_t limit) noexcept;

    // Sends 100 Continue if the client waits for it. False when that fails. To be called before next().
    engine::Task<bool> invite();
    // Whether the client still waits for that.
    [[nodiscard]] bool awaitsInvitation() const noexcept { return m_continues; }
    // From now on the client may be silent for so long between any two parts of it, as in a conversation.
    void allowSilence(Milliseconds longest) noexcept { m_silence = longest; }
    // The next content, without its framing.
    engine::Task<Piece> next();
    // Waits until it isWhole(), as chunks that have ended then are: what the buffer does not take is stored in the
    // spool, all of it. Without a spool (null), waits until as much of it is there as the buffer takes. What it meets
    // tells status(). To be called before next(), and after invite().
    engine::Task<> gather(Spool *spool);
    // As next(), as far as it has come; nothing when the client must be waited for.
    [[nodiscard]] std::optional<Piece> atHand();

    // Whether nothing is left to read.
    [[nodiscard]] bool ended() const noexcept { return m_status == Status::end; }
    // Whether all that is left of it is here already: in the buffer, then it is whole() and next() gives it in one
    // piece; or stored.
    [[nodiscard]] bool isWhole() const noexcept;
    [[nodiscard]] std::string_view whole() const noexcept
    {
        return m_in ? m_in->view().substr(m_given, m_remaining) : "";
    }
    // Whether all of it is stored.
    [[nodiscard]] bool isStored() const noexcept { return ended() && !m_stored.isEmpty(); }
    // Where. Valid until forgetStored(), which gives the space back.
    [[nodiscard]] engine::FileRange stored() const noexcept { return m_stored.range(); }
    void forgetStored() noexcept { m_stored = {}; }
    // Whether nothing of it has been given away for good: a server can still be sent all of it.
    [[nodiscard]] bool untouched() const noexcept { return m_received == 0 || isStored(); }
    // Whether it can be sent to one server, and then once more to another.
    [[nodiscard]] bool isAtHand() const noexcept { return isWhole() && untouched(); }
    // Whether the client has sent something behind a body that has ended or isWhole().
    [[nodiscard]] bool hasMoreBehind() const noexcept { return m_in && m_in->size() > m_remaining + m_given; }
    // Takes a body that isWhole() off the buffer; otherwise does nothing.
    void consumeIfWhole() noexcept;

    // What came behind chunks that have ended, as ChunkedDecoder::trailers(). Empty for one by length.
    [[nodiscard]] const std::string &trailers() const noexcept { return m_decoder.trailers(); }
    [[nodiscard]] const wire::BodyFraming &framing() const noexcept { return m_framing; }
    // Bytes of content so far.
    [[nodiscard]] std::uint64_t received() const noexcept { return m_received; }
    // What stopped it, or `data` or `end`.
    [[nodiscard]] Status status() const noexcept { return m_status; }

private:
    // How far chunks have been looked at that are not to be taken yet.
    struct Ahead {
        wire::ChunkedDecoder decoder;
        std::size_t seen = 0;    // of the buffer
        std::size_t content = 0; // in that
    };

    // Looks through the chunks that have come since. Nothing while their end has not; else the bytes they take.
    [[nodiscard]] std::size_t lookThroughChunks(Ahead &ahead) noexcept;
    // How many bytes of the buffer there are up to its end; 0 while that has not come.
    [[nodiscard]] std::size_t findEnd(Ahead &ahead) noexcept;
    // Takes so many bytes off the buffer, which hold content and, of chunks, framing.
    engine::Task<> store(Spool &spool, std::size_t size, bool isLast);
    // Of what has come, in the time that is left. False when it stops here.
    engine::Task<bool> receiveMore();
    // Moves the content of so many bytes together, and up to what follows them. Returns its length.
    std::size_t joinChunks(std::size_t size) noexcept;
    // The same with all there is of them.
    void becomeOneByLength(std::size_t size) noexcept;
    // Takes content off the front of the buffer; nothing when more must be received first.
    Piece take();
    Piece stop(Status status) noexcept;

    engine::Stream *m_client = nullptr;
    engine::Buffer *m_in = nullptr;
    wire::BodyFraming m_framing;
    wire::ChunkedDecoder m_decoder;
    std::uint64_t m_remaining = 0; // of a body by length
    std::uint64_t m_received = 0;
    std::uint64_t m_limit = 0;
    Milliseconds m_timeout{0};
    Milliseconds m_waited{0};  // for content, in all
    Milliseconds m_silence{0}; // allowed each time instead, where it is set
    std::size_t m_given = 0;   // bytes at the front of the buffer that the last piece is in, or its framing
    StoredBody m_stored;
    Status m_status = Status::end;
    bool m_continues = false;
};

} // namespace mainstay::http
