// SPDX-License-Identifier: GPL-3.0-or-later
// TLS towards a server, with the shape of a socket.
#pragma once

#include "engine/tls_client_context.h"
#include "engine/tls_socket.h"
#include "engine/tls_tickets.h"

#include <memory>
#include <string>

namespace mainstay::engine {

// Worker thread. Stands once the handshake is done, and the server is the one it should be: that is what connected()
// waits for.
class TlsClientStream final : public TlsSocket {
public:
    // `name`: a DNS name, which is asked for too, or an IP address. `tickets` for who resumes no session: null.
    TlsClientStream(Loop &loop, NativeSocket connecting, TlsClientContext::Pointer context, const std::string &name,
                    std::shared_ptr<TlsTickets> tickets);

    [[nodiscard]] std::string failure() const override;

private:
    bool attemptConnect() noexcept override;

    [[nodiscard]] bool speaksAsWanted() const noexcept;

    const TlsClientContext::Pointer m_context;
    const std::shared_ptr<TlsTickets> m_tickets;
    bool m_isConnected = false;
};

} // namespace mainstay::engine
