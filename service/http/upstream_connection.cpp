// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/upstream_connection.h"

#include "engine/tls_client_stream.h"

namespace mainstay::http {

std::unique_ptr<engine::Stream> startConnecting(engine::Loop &loop, const snapshot::Server &server,
                                                std::string_view greeting, std::shared_ptr<engine::TlsTickets> tickets)
{
    engine::NativeSocket connecting = engine::Socket::startConnecting(*server.endpoint);
    std::unique_ptr<engine::Socket> socket;
    if (server.tls)
        socket = std::make_unique<engine::TlsClientStream>(loop, std::move(connecting), server.tls, server.tlsName,
                                                           std::move(tickets));
    else
        socket = std::make_unique<engine::Socket>(loop, std::move(connecting));
    if (!greeting.empty())
        socket->greetWith(greeting);
    return socket;
}

} // namespace mainstay::http
