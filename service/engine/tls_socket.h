// SPDX-License-Identifier: GPL-3.0-or-later
// A socket whose bytes go through a TLS session, whichever end of it this is.
#pragma once

#include "engine/socket.h"
#include "engine/tls_session.h"

#include <utility>

namespace mainstay::engine {

// Worker thread. Reads and writes once the handshake is done, which the derived class sees to.
class TlsSocket : public Socket {
public:
    [[nodiscard]] const TlsSession *tls() const noexcept override { return &m_session; }
    [[nodiscard]] std::string_view protocol() const noexcept override { return m_session.protocol(); }
    // Sends close_notify, as far as the socket takes it.
    void shutdownSend() noexcept override;

protected:
    // `arguments`: what the session is made of besides its socket.
    template <class Context, class... Arguments>
    TlsSocket(Loop &loop, NativeSocket socket, const Context &context, Arguments &&...arguments)
        : Socket(loop, std::move(socket)), m_session(context, handle(), std::forward<Arguments>(arguments)...)
    {}

    [[nodiscard]] TlsSession &session() noexcept { return m_session; }
    [[nodiscard]] const TlsSession &session() const noexcept { return m_session; }
    [[nodiscard]] bool isEstablished() const noexcept { return m_isEstablished; }
    void setEstablished() noexcept { m_isEstablished = true; }

    Outcome readSome(std::span<char> room) noexcept override;
    Outcome writeSome(const Pieces &pieces) noexcept override;
    // Through memory, in records.
    Outcome writeFile(const FileRange &file) noexcept override;
    bool hasMore() noexcept override { return m_isEstablished && m_session.hasMore(); }

    static Outcome outcomeOf(TlsOutcome outcome) noexcept;

private:
    [[nodiscard]] Outcome written(TlsOutcome outcome) const noexcept;

    TlsSession m_session;
    bool m_isEstablished = false;
};

} // namespace mainstay::engine
