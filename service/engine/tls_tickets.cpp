// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tls_tickets.h"

#include <openssl/ssl.h>

namespace mainstay::engine {

void TlsTickets::keep(TlsHandle<SSL_SESSION> ticket)
{
    if (m_tickets.size() == kKept)
        m_tickets.erase(m_tickets.begin());
    m_tickets.push_back(std::move(ticket));
}

TlsHandle<SSL_SESSION> TlsTickets::take()
{
    if (m_tickets.empty())
        return nullptr;
    SSL_SESSION *newest = m_tickets.back().get();
    if (SSL_SESSION_get_protocol_version(newest) < TLS1_3_VERSION && SSL_SESSION_up_ref(newest) == 1)
        return TlsHandle<SSL_SESSION>(newest);
    TlsHandle<SSL_SESSION> ticket = std::move(m_tickets.back());
    m_tickets.pop_back();
    return ticket;
}

} // namespace mainstay::engine
