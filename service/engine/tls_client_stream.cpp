// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tls_client_stream.h"

namespace mainstay::engine {

TlsClientStream::TlsClientStream(Loop &loop, NativeSocket connecting, TlsClientContext::Pointer context,
                                 const std::string &name, std::shared_ptr<TlsTickets> tickets)
    : TlsSocket(loop, std::move(connecting), *context, name, tickets.get()), m_context(std::move(context)),
      m_tickets(std::move(tickets))
{}

std::string TlsClientStream::failure() const
{
    if (!m_isConnected)
        return {};
    if (isEstablished() && !speaksAsWanted())
        return "it does not speak " + std::string(m_context->policy().protocol == "h2" ? "HTTP/2" : "HTTP/1.1") +
               " over TLS";
    return session().hasFailed() ? session().failure() : std::string();
}

bool TlsClientStream::speaksAsWanted() const noexcept
{
    const std::string_view chosen = session().protocol();
    const std::string &wanted = m_context->policy().protocol;
    return chosen == wanted || (chosen.empty() && wanted != "h2"); // which nobody speaks without having said so
}

bool TlsClientStream::attemptConnect() noexcept
{
    if (!m_isConnected) {
        if (!Socket::attemptConnect())
            return false;
        if (!out().result.ok())
            return true;
        m_isConnected = true;
    }
    TlsOutcome outcome = session().handshake();
    if (outcome.status == TlsStatus::wantRead && hasPeerEnded()) // behind which there comes no further edge
        outcome = session().handshake();
    switch (outcome.status) {
    case TlsStatus::done:
        setEstablished();
        in().ready = true; // what came with the end of the handshake raises no edge of its own
        if (!speaksAsWanted())
            out().result.status = IoStatus::failed;
        return true;
    case TlsStatus::wantRead:
        out().needsOther = true;
        out().ready = false;
        in().ready = false;
        return false;
    case TlsStatus::wantWrite:
        out().needsOther = false;
        out().ready = false;
        return false;
    case TlsStatus::closed:
    case TlsStatus::truncated:
    case TlsStatus::failed:
        break;
    }
    out().result.status = IoStatus::failed;
    return true;
}

} // namespace mainstay::engine
