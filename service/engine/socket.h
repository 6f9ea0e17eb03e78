// SPDX-License-Identifier: GPL-3.0-or-later
// A connected stream socket, TCP or Unix.
#pragma once

#include "base/peer_address.h"
#include "engine/stream.h"

namespace mainstay::engine {

// Worker thread. Memory: about 250 bytes and no buffer while idle.
class Socket : public Descriptor, public Stream {
public:
    using Stream::loop;

    // Owns the socket, which must be non-blocking.
    Socket(Loop &loop, NativeSocket socket);

    // Begins a connection; connected() waits for it. A socket that could not be made reports `failed` there.
    static NativeSocket startConnecting(const PeerAddress &peer);
    // Waits until a connection begun by startConnecting() stands. Awaited first, in the turn that made the socket.
    auto connected(Milliseconds timeout) noexcept { return ConnectAwaiter{*this, timeout}; }

    // A system call.
    [[nodiscard]] bool hasUnread() const noexcept override;
    [[nodiscard]] Endpoint localEndpoint() const noexcept override;
    void shutdownSend() noexcept override;
    void resetOnClose() noexcept override;

protected:
    Outcome readSome(std::span<char> room) noexcept override;
    Outcome writeSome(const Pieces &pieces) noexcept override;
    Outcome writeFile(const FileRange &file) noexcept override;

private:
    struct ConnectAwaiter {
        Socket &socket;
        Milliseconds timeout;

        bool await_ready() noexcept { return socket.beginConnect(); }
        void await_suspend(std::coroutine_handle<> waiter) noexcept { socket.wait(socket.out(), waiter, timeout); }
        IoResult await_resume() const noexcept
        {
            socket.m_connecting = false;
            return socket.out().result;
        }
    };

    void onReady(Readiness readiness) override;
    [[nodiscard]] bool isOpen() const noexcept override { return isRegistered(); }
    void retryLater() override { loop().retryLater(*this); }

    bool beginConnect() noexcept;
    bool attemptConnect() noexcept;

    bool m_connecting = false;
};

} // namespace mainstay::engine
