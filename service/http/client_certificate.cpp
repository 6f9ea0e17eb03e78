// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/client_certificate.h"

#include "engine/tls_session.h"

namespace mainstay::http {

unsigned refusalOf(const engine::Stream &client, const snapshot::Site &site) noexcept
{
    if (site.config().clientAuthorities.empty())
        return 0;
    if (!site.clientTrust())
        return 503;
    const engine::TlsSession *tls = client.tls();
    if (tls && tls->clientTrust() != site.clientTrust().get())
        return 421;
    const bool isShown = tls && tls->hasClientCertificate();
    return isShown || site.config().clientCertificate == config::ClientCertificate::optional ? 0 : 403;
}

} // namespace mainstay::http
