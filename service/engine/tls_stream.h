// SPDX-License-Identifier: GPL-3.0-or-later
// TLS with the shape of a socket.
#pragma once

#include "engine/socket.h"
#include "engine/tls_session.h"

#include <memory>
#include <utility>

namespace mainstay::engine {

// Worker thread. The handshake is part of the first receive, and waits within its timeout.
class TlsStream final : public Socket {
public:
    TlsStream(Loop &loop, NativeSocket socket, TlsContext::Pointer context,
              std::shared_ptr<const CertificateSelector> certificates);

    [[nodiscard]] const TlsSession *tls() const noexcept override { return &m_session; }
    [[nodiscard]] std::string_view protocol() const noexcept override { return m_session.protocol(); }
    [[nodiscard]] std::int64_t takeHandshake() noexcept override { return std::exchange(m_handshake, -1); }
    // Sends close_notify, as far as the socket takes it.
    void shutdownSend() noexcept override;

private:
    Outcome readSome(std::span<char> room) noexcept override;
    Outcome writeSome(const Pieces &pieces) noexcept override;
    // Through memory, in records.
    Outcome writeFile(const FileRange &file) noexcept override;

    bool hasMore() noexcept override { return m_established && m_session.hasMore(); }

    [[nodiscard]] Outcome written(TlsOutcome outcome) const noexcept;
    static Outcome outcomeOf(TlsOutcome outcome) noexcept;

    TlsContext::Pointer m_context;
    std::shared_ptr<const CertificateSelector> m_certificates;
    TlsSession m_session;
    std::int64_t m_handshake; // microseconds: when it began, and once it is done how long it took
    bool m_established = false;
};

} // namespace mainstay::engine
