// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/upstream_connection.h"

#include "engine/tls_client_stream.h"

namespace mainstay::http {

std::unique_ptr<engine::Stream> startConnecting(engine::Loop &loop, const snapshot::Server &server,
                                                std::shared_ptr<engine::TlsTickets> tickets)
{
    engine::NativeSocket connecting = engine::Socket::startConnecting(*server.endpoint);
    if (!server.tls)
        return std::make_unique<engine::Socket>(loop, std::move(connecting));
    return std::make_unique<engine::TlsClientStream>(loop, std::move(connecting), server.tls, server.tlsName,
                                                     std::move(tickets));
}

} // namespace mainstay::http
