// SPDX-License-Identifier: GPL-3.0-or-later
// A connected stream socket, TCP or Unix.
#pragma once

#include "base/peer_address.h"
#include "engine/stream.h"

#include <memory>
#include <string>
#include <string_view>

namespace mainstay::engine {

// Worker thread. Memory: about 250 bytes and no buffer while idle.
class Socket : public Descriptor, public Stream {
public:
    using Stream::loop;

    // Owns the socket, which must be non-blocking.
    Socket(Loop &loop, NativeSocket socket);

    // Begins a connection; connected() waits for it. A socket that could not be made reports `failed` there.
    static NativeSocket startConnecting(const PeerAddress &peer);

    // Before connected() is waited for: what is sent first, in the clear even where TLS is spoken. It has to fit what
    // the system takes at once, so a few hundred bytes.
    void greetWith(std::string_view bytes) { m_greeting = std::make_unique<const std::string>(bytes); }

    // A system call.
    [[nodiscard]] bool hasUnread() const noexcept override;
    [[nodiscard]] Endpoint localEndpoint() const noexcept override;
    void shutdownSend() noexcept override;
    void resetOnClose() noexcept override;
    // Where the system has pipes for it.
    [[nodiscard]] bool movesPipes() const noexcept override { return !isEncrypted(); }

protected:
    Outcome readSome(std::span<char> room) noexcept override;
    Outcome writeSome(const Pieces &pieces) noexcept override;
    Outcome writeFile(const FileRange &file) noexcept override;
    Outcome readIntoPipe(Pipe &pipe, std::size_t most) noexcept override;
    Outcome writeFromPipe(Pipe &pipe) noexcept override;
    // Whether the wait for the connection is over, with out().result; else what it waits for is noted.
    virtual bool attemptConnect() noexcept;

private:
    void onReady(Readiness readiness) override;
    [[nodiscard]] bool isOpen() const noexcept override { return isRegistered(); }
    void retryLater() override { loop().retryLater(*this); }

    bool beginConnect() noexcept override;
    void endConnect() noexcept override { m_connecting = false; }

    [[nodiscard]] bool greet() noexcept;

    std::unique_ptr<const std::string> m_greeting; // null for most
    bool m_connecting = false;
};

} // namespace mainstay::engine
