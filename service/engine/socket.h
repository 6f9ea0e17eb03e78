// SPDX-License-Identifier: GPL-3.0-or-later
// A connected stream socket, TCP or Unix, with completion-shaped operations.
#pragma once

#include "base/peer_address.h"
#include "engine/loop.h"

#include <array>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mainstay::engine {

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

// A stretch of an open file. The handle stays the caller's.
struct FileRange {
    NativeHandle file = kNoHandle;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

// Worker thread. At most one receive and one send at a time, from any two coroutines. An operation that waits must end
// before the socket is destroyed: cancel() ends it, in the same turn. Memory: about 250 bytes and no buffer while idle.
class Socket : public Descriptor, private Timer {
public:
    // Owns the socket, which must be non-blocking.
    Socket(Loop &loop, NativeSocket socket);
    ~Socket() override;

    // Begins a connection; connected() waits for it. A socket that could not be made reports `failed` there.
    static NativeSocket startConnecting(const PeerAddress &peer);

    // Waits for bytes and appends what there is, up to the room in the buffer, which holds no block while it is empty
    // and this waits. The buffer must not be full.
    auto receive(Buffer &buffer, Milliseconds timeout) noexcept { return ReceiveAwaiter{*this, buffer, timeout}; }
    // Completes when everything is on its way, or with the bytes that were when it failed. The timeout begins anew
    // whenever the peer takes something.
    auto send(const Pieces &pieces, Milliseconds timeout) noexcept { return SendAwaiter{*this, pieces, {}, timeout}; }
    auto send(std::string_view bytes, Milliseconds timeout) noexcept { return send(Pieces{{bytes}}, timeout); }
    // First the pieces, then the file's bytes. A file that ends early makes it `failed`.
    auto send(const Pieces &pieces, const FileRange &file, Milliseconds timeout) noexcept
    {
        return SendAwaiter{*this, pieces, file, timeout};
    }
    // Waits until a connection begun by startConnecting() stands. Awaited first, in the turn that made the socket.
    auto connected(Milliseconds timeout) noexcept { return ConnectAwaiter{*this, timeout}; }

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

    // While it lives, the peer's hang-up cancels the receive that waits on the other socket. Null for none.
    void cancelOnHangUp(Socket *other) noexcept { m_cancelled = other; }
    // True when the peer has ended its side, or the connection is broken, and nothing it sent is left to receive. Costs
    // a system call only once an end has been reported.
    [[nodiscard]] bool hasHungUp() noexcept { return m_peerEnded && !m_in.waiter && !hasMore(); }

    // True when the system has reported bytes, an end or an error that no receive has taken yet.
    [[nodiscard]] bool hasNews() const noexcept { return m_in.ready; }
    // True when bytes have come that no receive has taken, be they reported or not. A system call.
    [[nodiscard]] bool hasUnread() const noexcept;
    // Ends our side in order; the peer sees the end after what was sent.
    virtual void shutdownSend() noexcept;
    [[nodiscard]] virtual bool isEncrypted() const noexcept { return false; }
    // Makes the close a reset, so that a peer still sending learns at once and nothing lingers.
    void resetOnClose() noexcept;

protected:
    enum class Attempt : std::uint8_t { done, wantsRead, wantsWrite, ended, failed };
    struct Outcome {
        Attempt attempt = Attempt::done;
        std::size_t bytes = 0;
        bool drained = false; // of a read: the system holds no more, and will report what comes
        bool moved = false;   // of a write: the peer took something, even if no whole TLS record
    };

    // Try without waiting.
    virtual Outcome readSome(std::span<char> room) noexcept;
    virtual Outcome writeSome(const Pieces &pieces) noexcept;
    virtual Outcome writeFile(const FileRange &file) noexcept;
    // Of a connection whose peer has ended its side: whether there are bytes before the end.
    virtual bool hasMore() noexcept { return hasUnread(); }
    // How many of the bytes wanted (at least one) this attempt may send: all, but in tests.
    [[nodiscard]] std::size_t sendLimit(std::size_t wanted) const noexcept;

private:
    struct ReceiveAwaiter {
        Socket &socket;
        Buffer &buffer;
        Milliseconds timeout;

        bool await_ready() noexcept { return socket.beginReceive(buffer); }
        void await_suspend(std::coroutine_handle<> waiter) noexcept { socket.wait(socket.m_in, waiter, timeout); }
        IoResult await_resume() const noexcept { return socket.m_in.result; }
    };
    struct SendAwaiter {
        Socket &socket;
        Pieces pieces;
        FileRange file;
        Milliseconds timeout;

        bool await_ready() noexcept { return socket.beginSend(pieces, file); }
        void await_suspend(std::coroutine_handle<> waiter) noexcept
        {
            socket.m_sendTimeout = timeout;
            socket.wait(socket.m_out, waiter, timeout);
        }
        IoResult await_resume() const noexcept { return socket.m_out.result; }
    };
    struct ConnectAwaiter {
        Socket &socket;
        Milliseconds timeout;

        bool await_ready() noexcept { return socket.beginConnect(); }
        void await_suspend(std::coroutine_handle<> waiter) noexcept { socket.wait(socket.m_out, waiter, timeout); }
        IoResult await_resume() const noexcept { return socket.m_out.result; }
    };

    // One direction. `ready` is what the system last said, and stays until an attempt finds otherwise.
    struct Side {
        std::coroutine_handle<> waiter;
        IoResult result;
        Tick deadline = 0;
        bool ready = false;
        bool needsOther = false; // TLS: this direction waits for the other's readiness
    };

    void onReady(Readiness readiness) override;
    void onDue() override;

    bool beginReceive(Buffer &buffer) noexcept;
    bool beginSend(Pieces &pieces, FileRange &file) noexcept;
    bool beginConnect() noexcept;
    // True, with the result, when no operation can be begun.
    bool isUnusable(Side &side) noexcept;
    bool attemptReceive() noexcept;
    bool attemptSend() noexcept;
    bool attemptConnect() noexcept;
    void wait(Side &side, std::coroutine_handle<> waiter, Milliseconds timeout) noexcept;
    void complete(Side &side) noexcept;
    void end(Side &side, IoStatus status) noexcept;
    void armTimer(Tick deadline) noexcept;

    Side m_in;
    Side m_out;
    Buffer *m_into = nullptr;      // of the receive under way
    Pieces *m_pieces = nullptr;    // of the send under way
    FileRange *m_file = nullptr;   // likewise
    Milliseconds m_sendTimeout{0}; // likewise
    bool m_peerEnded = false;      // the system has reported the end: every read tells more, to the last
    bool m_connecting = false;
    bool m_aborted = false;
    Socket *m_cancelled = nullptr; // its receive, when the peer hangs up
};

} // namespace mainstay::engine
