// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/upstream_greeting.h"

#include "http/connection.h"

namespace mainstay::http {

namespace {

std::optional<wire::ProxyVersion> versionFor(const config::BackendConfig &backend)
{
    switch (backend.proxyProtocol) {
    case config::ProxyProtocol::off:
        break;
    case config::ProxyProtocol::v1:
        return wire::ProxyVersion::v1;
    case config::ProxyProtocol::v2:
        return wire::ProxyVersion::v2;
    }
    return std::nullopt;
}

} // namespace

UpstreamGreeting greetingFor(const Exchange &exchange, const config::BackendConfig &backend)
{
    const auto version = versionFor(backend);
    if (!version)
        return std::nullopt;
    Connection &connection = *exchange.connection;
    const Endpoint &peer = connection.ends().client;
    // Of a client that a proxy speaks for in a field, the port is not known.
    const Endpoint client = exchange.client == peer.address ? peer : Endpoint{exchange.client, std::uint16_t{0}};
    return wire::ProxyHeaderText(*version, client, connection.service());
}

UpstreamGreeting ownGreeting(const config::BackendConfig &backend)
{
    const auto version = versionFor(backend);
    return version ? std::optional(wire::ProxyHeaderText(*version)) : std::nullopt;
}

} // namespace mainstay::http
