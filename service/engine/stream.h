// SPDX-License-Identifier: GPL-3.0-or-later
// A connected byte stream with completion-shaped operations, whatever carries it.
#pragma once

#include "base/endpoint.h"
#include "engine/loop.h"

#include <array>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mainstay::engine {

class TlsSession;

enum class IoStatus : std::uint8_t {
    ok,
    closed,    // the peer has ended its side (receive), in order
    timedOut,  // the deadline passed
    cancelled, // cancel() or abort() was called
    failed,    // reset, refused, broken TLS: the connection is of no more use
};

struct [[nodiscard]] IoResult {
    IoStatus status = IoStatus::ok;
    std::size_t bytes = 0;

    [[nodiscard]] bool ok() const noexcept { return status == IoStatus::ok; }
};

// Up to three pieces of memory sent as one. The memory stays valid until the send has completed.
struct Pieces {
    std::array<std::string_view, 3> parts;

    [[nodiscard]] std::size_t size() const noexcept { return parts[0].size() + parts[1].size() + parts[2].size(); }
    // Takes `count` bytes off the front.
    void consume(std::size_t count) noexcept
    {
        for (std::string_view &part : parts) {
            const std::size_t taken = count < part.size() ? count : part.size();
            part.remove_prefix(taken);
            count -= taken;
        }
    }
};

// What was at both ends of a file.
struct FileEnds {
    std::array<char, 256> first{};
    std::array<char, 256> last{};

    friend bool operator==(const FileEnds &, const FileEnds &) = default;
};
// Of a file with so many bytes, at the least those of both ends. Nothing when it cannot be read.
[[nodiscard]] std::optional<FileEnds> fileEnds(NativeHandle file, std::uint64_t size) noexcept;

// A stretch of an open file. The handle and the ends stay the caller's.
struct FileRange {
    NativeHandle file = kNoHandle;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    // When the file was changed last, nanoseconds since 1970, and its size and ends then: of one that has been changed
    // since nothing more is sent, unless it has only been added to, as logs are. 0 for one that nobody changes.
    std::int64_t modified = 0;
    std::uint64_t size = 0;
    const FileEnds *ends = nullptr;
};

// Reads from the start of the range as far as `room` goes. 0 when that fails, the file ends before, or was changed. Any
// thread.
[[nodiscard]] std::size_t readFile(const FileRange &range, std::span<char> room) noexcept;

// Worker thread. At most one receive and one send at a time, from any two coroutines. An operation that waits must end
// before the stream is destroyed: cancel() ends it, in the same turn.
class Stream : private Timer {
public:
    explicit Stream(Loop &loop) noexcept : m_loop(loop)
    {
        m_out.ready = true; // until a send finds otherwise, which costs less than to wait for the first report
    }
    Stream(const Stream &) = delete;
    Stream &operator=(const Stream &) = delete;
    ~Stream() override;

    [[nodiscard]] Loop &loop() const noexcept { return m_loop; }

    // Waits until a connection that was begun stands, with all that has to be agreed upon before anything is sent.
    // Awaited first, in the turn that began it.
    auto connected(Milliseconds timeout) noexcept { return ConnectAwaiter{*this, timeout}; }
    // Waits for bytes and appends what there is, up to the room in the buffer, which holds no block while it is empty
    // and this waits. The buffer must not be full.
    auto receive(Buffer &buffer, Milliseconds timeout) noexcept { return ReceiveAwaiter{*this, {&buffer}, timeout}; }
    // The same into a pipe, which must be empty: `most` bytes at the most. Of streams that movesPipes() alone.
    auto receive(Pipe &pipe, std::size_t most, Milliseconds timeout) noexcept
    {
        return ReceiveAwaiter{*this, {nullptr, &pipe, most}, timeout};
    }
    // Completes when everything is on its way, or with the bytes that were when it failed. The timeout begins anew
    // whenever the peer takes something.
    auto send(const Pieces &pieces, Milliseconds timeout) noexcept
    {
        return SendAwaiter{*this, pieces, {}, nullptr, timeout};
    }
    auto send(std::string_view bytes, Milliseconds timeout) noexcept { return send(Pieces{{bytes}}, timeout); }
    // First the pieces, then the file's bytes. A file that ends early makes it `failed`.
    auto send(const Pieces &pieces, const FileRange &file, Milliseconds timeout) noexcept
    {
        return SendAwaiter{*this, pieces, file, nullptr, timeout};
    }
    // All that is in the pipe. Of streams that movesPipes() alone.
    auto send(Pipe &pipe, Milliseconds timeout) noexcept { return SendAwaiter{*this, {}, {}, &pipe, timeout}; }
    // Whether bytes can pass through a pipe between this and another such stream, as they can where nothing here has
    // to look at them.
    [[nodiscard]] virtual bool movesPipes() const noexcept { return false; }

    // Of the send that waits: what of its pieces has not been sent. The same bytes elsewhere may take their place.
    [[nodiscard]] Pieces &unsent() noexcept { return *m_pieces; }

    // End what waits, with `cancelled`. Later operations are not affected.
    void cancelReceive() noexcept;
    void cancelSend() noexcept;
    void cancel() noexcept
    {
        cancelReceive();
        cancelSend();
    }

    // The same, and whatever is begun later ends so too: the connection is of no more use.
    void abort() noexcept;
    [[nodiscard]] bool isAborted() const noexcept { return m_aborted; }

    // While it lives, the peer's hang-up cancels the receive that waits on the other stream. Null for none.
    void cancelOnHangUp(Stream *other) noexcept { m_cancelled = other; }
    // True when the peer has ended its side, or the connection is broken, and nothing it sent is left to receive. Costs
    // a system call only once an end has been reported.
    [[nodiscard]] bool hasHungUp() noexcept { return m_peerEnded && !m_in.waiter && !hasMore(); }

    // True when bytes, an end or an error have been reported that no receive has taken yet.
    [[nodiscard]] bool hasNews() const noexcept { return m_in.ready; }
    // After a receive into a pipe, which cannot tell whether that was all: finds out, with a system call. True when
    // more bytes have come.
    bool lookForNews() noexcept
    {
        const bool hasMoreCome = hasUnread();
        m_in.ready = m_peerEnded || hasMoreCome;
        return hasMoreCome;
    }
    // True when bytes have come that no receive has taken, be they reported or not.
    [[nodiscard]] virtual bool hasUnread() const noexcept = 0;
    // Ends our side in order; the peer sees the end after what was sent.
    virtual void shutdownSend() noexcept = 0;
    // Where the peer has connected to. A system call; all zero when that is not known.
    [[nodiscard]] virtual Endpoint localEndpoint() const noexcept { return {}; }
    // What TLS has settled with the peer, once something has been received; null without TLS.
    [[nodiscard]] virtual const TlsSession *tls() const noexcept { return nullptr; }
    [[nodiscard]] bool isEncrypted() const noexcept { return tls() != nullptr; }
    // Agreed upon by ALPN (RFC 7301), once something has been received; empty when nothing was.
    [[nodiscard]] virtual std::string_view protocol() const noexcept { return {}; }
    // How long the TLS handshake took, in microseconds, to the first who asks; -1 when there was none, and afterwards.
    [[nodiscard]] virtual std::int64_t takeHandshake() noexcept { return -1; }
    // Why the connection could not be made or has failed, in a few words; empty where there is no more to say than
    // that.
    [[nodiscard]] virtual std::string failure() const { return {}; }
    // Of a connection that has failed: whether the peer is known to have looked at nothing that was sent.
    [[nodiscard]] virtual bool isUntouched() const noexcept { return false; }
    // Makes the close a reset, so that a peer still sending learns at once and nothing lingers.
    virtual void resetOnClose() noexcept = 0;

protected:
    enum class Attempt : std::uint8_t { done, wantsRead, wantsWrite, ended, failed };
    struct Outcome {
        Attempt attempt = Attempt::done;
        std::size_t bytes = 0;
        bool drained = false; // of a read: there is no more, and what comes will be reported
        bool moved = false;   // of a write: the peer took something, even if no whole TLS record
    };

    // One direction. `ready` is what was last reported, and stays until an attempt finds otherwise.
    struct Side {
        std::coroutine_handle<> waiter;
        IoResult result;
        Tick deadline = 0;
        bool ready = false;
        bool needsOther = false; // TLS: this direction waits for the other's readiness
    };

    // Begins to wait for the connection; true, with out().result, when that has come to its end. Who waits is completed
    // by the derived class.
    virtual bool beginConnect() noexcept;
    virtual void endConnect() noexcept {}
    // Try without waiting.
    virtual Outcome readSome(std::span<char> room) noexcept = 0;
    virtual Outcome writeSome(const Pieces &pieces) noexcept = 0;
    virtual Outcome writeFile(const FileRange &file) noexcept = 0;
    virtual Outcome readIntoPipe(Pipe &, std::size_t) noexcept { return {Attempt::failed}; }
    virtual Outcome writeFromPipe(Pipe &) noexcept { return {Attempt::failed}; }
    // Of a stream whose peer has ended its side: whether there are bytes before the end.
    virtual bool hasMore() noexcept { return hasUnread(); }
    // False when it never came to stand.
    [[nodiscard]] virtual bool isOpen() const noexcept = 0;
    // Has report({}) called in the next turn.
    virtual void retryLater() = 0;

    // Completes what can be completed now. In no operation's attempt.
    void report(Readiness readiness);
    // How many of the bytes wanted (at least one) this attempt may send: all, but in tests.
    [[nodiscard]] std::size_t sendLimit(std::size_t wanted) const noexcept;
    // Whether a file's bytes follow those of the writeSome() under way.
    [[nodiscard]] bool hasFileBehind() const noexcept { return m_file->length > 0; }

    // For operations of the derived class, which begin with an empty result, wait, and are completed.
    [[nodiscard]] Side &out() noexcept { return m_out; }
    [[nodiscard]] Side &in() noexcept { return m_in; }
    [[nodiscard]] bool hasPeerEnded() const noexcept { return m_peerEnded; }
    // True, with the result, when no operation can be begun.
    bool isUnusable(Side &side) noexcept;
    void wait(Side &side, std::coroutine_handle<> waiter, Milliseconds timeout) noexcept;
    void complete(Side &side) noexcept;
    void note(Readiness readiness) noexcept;

private:
    struct ConnectAwaiter {
        Stream &stream;
        Milliseconds timeout;

        bool await_ready() noexcept { return stream.beginConnect(); }
        void await_suspend(std::coroutine_handle<> waiter) noexcept { stream.wait(stream.m_out, waiter, timeout); }
        IoResult await_resume() const noexcept
        {
            stream.endConnect();
            return stream.m_out.result;
        }
    };
    // Where what is received goes: into a buffer or a pipe.
    struct Destination {
        Buffer *buffer = nullptr;
        Pipe *pipe = nullptr;
        std::size_t most = 0; // into the pipe
    };
    struct ReceiveAwaiter {
        Stream &stream;
        Destination into;
        Milliseconds timeout;

        bool await_ready() noexcept { return stream.beginReceive(into); }
        void await_suspend(std::coroutine_handle<> waiter) noexcept { stream.wait(stream.m_in, waiter, timeout); }
        IoResult await_resume() const noexcept { return stream.m_in.result; }
    };
    struct SendAwaiter {
        Stream &stream;
        Pieces pieces;
        FileRange file;
        Pipe *pipe;
        Milliseconds timeout;

        bool await_ready() noexcept { return stream.beginSend(pieces, file, pipe); }
        void await_suspend(std::coroutine_handle<> waiter) noexcept
        {
            stream.m_sendTimeout = timeout;
            stream.wait(stream.m_out, waiter, timeout);
        }
        IoResult await_resume() const noexcept { return stream.m_out.result; }
    };

    void onDue() override;

    bool beginReceive(const Destination &into) noexcept;
    bool beginSend(Pieces &pieces, FileRange &file, Pipe *pipe) noexcept;
    bool attemptReceive() noexcept;
    bool attemptSend() noexcept;
    Outcome receiveSome() noexcept;
    // Of the first there is of pieces, file and pipe, which then are less.
    Outcome sendSome() noexcept;
    [[nodiscard]] bool isAllSent() const noexcept;
    void end(Side &side, IoStatus status) noexcept;
    void armTimer(Tick deadline) noexcept;

    Loop &m_loop;
    Side m_in;
    Side m_out;
    Destination m_into;            // of the receive under way
    Pieces *m_pieces = nullptr;    // of the send under way
    FileRange *m_file = nullptr;   // likewise
    Pipe *m_pipe = nullptr;        // likewise; null for none
    Milliseconds m_sendTimeout{0}; // likewise
    bool m_peerEnded = false;      // the end has been reported: every read tells more, to the last
    bool m_aborted = false;
    Stream *m_cancelled = nullptr; // its receive, when the peer hangs up
};

} // namespace mainstay::engine
