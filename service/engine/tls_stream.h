// SPDX-License-Identifier: GPL-3.0-or-later
// TLS towards a client, with the shape of a socket.
#pragma once

#include "engine/tls_socket.h"

#include <memory>
#include <utility>

namespace mainstay::engine {

// Worker thread. The handshake is part of the first receive, and waits within its timeout.
class TlsStream final : public TlsSocket {
public:
    TlsStream(Loop &loop, NativeSocket socket, TlsContext::Pointer context,
              std::shared_ptr<const CertificateSelector> certificates);

    [[nodiscard]] std::int64_t takeHandshake() noexcept override { return std::exchange(m_handshake, -1); }

private:
    Outcome readSome(std::span<char> room) noexcept override;

    TlsContext::Pointer m_context;
    std::shared_ptr<const CertificateSelector> m_certificates;
    std::int64_t m_handshake; // microseconds: when it began, and once it is done how long it took
};

} // namespace mainstay::engine
