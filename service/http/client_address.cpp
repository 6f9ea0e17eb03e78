// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/client_address.h"

#include "http/connection.h"
#include "http/listener.h"
#include "wire/forwarded.h"
#include "wire/http_authority.h"
#include "wire/http_chars.h"

#include <algorithm>
#include <charconv>
#include <functional>

namespace mainstay::http {

namespace {

using wire::KnownField;

// Of those named in a head. More is no path that anything takes, and would cost time.
constexpr int kMostHops = 32;

bool isTrusted(const std::vector<Network> &proxies, const IpAddress &address)
{
    return std::any_of(proxies.begin(), proxies.end(), [&](const Network &one) { return one.contains(address); });
}

// Follows what is said from the end on, as long as it is by somebody trusted.
class Trail {
public:
    // `client`: the last that was passed.
    Trail(const wire::RequestHead &head, const std::vector<Network> &proxies, IpAddress &client)
        : m_head(head), m_proxies(proxies), m_client(client)
    {}

    // Calls take(list) for the last element of the last field, and so on, until that returns false.
    template <class Take>
    void follow(KnownField field, Take take)
    {
        for (std::size_t i = m_head.fieldCount(); i > 0; --i) {
            if (m_head.id(i - 1) != field)
                continue;
            for (std::string_view list = m_head.value(i - 1); !list.empty();) {
                if (++m_hops > kMostHops || !take(list))
                    return;
            }
        }
    }
    // False when nothing before it is to be believed.
    bool pass(const std::optional<IpAddress> &address)
    {
        if (!address)
            return false;
        m_client = *address;
        return isTrusted(m_proxies, *address);
    }

private:
    const wire::RequestHead &m_head;
    const std::vector<Network> &m_proxies;
    IpAddress &m_client;
    int m_hops = 0;
};

// As the nearest proxy has it, which may have been told by others.
std::optional<std::string_view> lastSaid(const wire::RequestHead &head, KnownField field)
{
    std::optional<std::string_view> said;
    for (std::size_t i = 0; i < head.fieldCount(); ++i) {
        if (head.id(i) != field)
            continue;
        const std::string_view value = head.value(i);
        said = wire::trimBlanks(value.substr(value.rfind(',') + 1));
    }
    return said;
}

std::string_view ifHost(std::string_view text)
{
    return wire::parseAuthority(text) ? text : std::string_view();
}

std::string_view ifPort(std::string_view text)
{
    std::uint16_t port = 0;
    const char *const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, port);
    return read.ec == std::errc() && read.ptr == end && port > 0 ? text : std::string_view();
}

} // namespace

void findClient(Exchange &exchange)
{
    const Connection &connection = *exchange.connection;
    const config::ListenerConfig &listener = connection.listener().config();
    exchange.fromProxy = isTrusted(listener.trustedProxies, connection.peer());
    if (!exchange.fromProxy)
        return;
    Trail trail(exchange.head, listener.trustedProxies, exchange.client);
    if (listener.proxyHeaders == config::ProxyHeaders::xForwarded) {
        trail.follow(KnownField::xForwardedFor,
                     [&](std::string_view &list) { return trail.pass(wire::takeLastForwardedFor(list)); });
        if (const auto protocol = lastSaid(exchange.head, KnownField::xForwardedProto))
            exchange.isSecure = wire::equalsIgnoringCase(*protocol, "https");
        return;
    }
    trail.follow(KnownField::forwarded, [&](std::string_view &list) {
        const wire::ForwardedElement element = wire::takeLastForwarded(list);
        if (!element.protocol.empty())
            exchange.isSecure = wire::equalsIgnoringCase(element.protocol, "https");
        return trail.pass(element.client);
    });
}

SaidTarget saidTarget(const Exchange &exchange)
{
    if (!exchange.fromProxy)
        return {};
    const wire::RequestHead &head = exchange.head;
    const config::ListenerConfig &listener = exchange.connection->listener().config();
    if (listener.proxyHeaders == config::ProxyHeaders::xForwarded)
        return {ifHost(lastSaid(head, KnownField::xForwardedHost).value_or("")),
                ifPort(lastSaid(head, KnownField::xForwardedPort).value_or(""))};
    SaidTarget said;
    IpAddress client;
    Trail trail(head, listener.trustedProxies, client);
    trail.follow(KnownField::forwarded, [&](std::string_view &list) {
        const wire::ForwardedElement element = wire::takeLastForwarded(list);
        if (!element.host.empty())
            said.host = ifHost(element.host);
        return trail.pass(element.client);
    });
    return said;
}

std::string clientKey(const IpAddress &client, unsigned ipv6Prefix)
{
    const Network network = Network::around(client, ipv6Prefix);
    const bool isV6 = network.address.family == IpAddress::Family::v6;
    std::string key(1, isV6 ? '6' : '4');
    key.append(reinterpret_cast<const char *>(network.address.bytes.data()), isV6 ? 16 : 4);
    return key;
}

bool announcesClient(const config::ListenerConfig &listener, const IpAddress &peer)
{
    return isTrusted(listener.proxyProtocol, peer);
}

std::optional<shared_state::ClientCounts::Hold> countConnection(const snapshot::HttpListener &listener,
                                                                const IpAddress &peer)
{
    if (!listener.clientCounts || isTrusted(listener.config.trustedProxies, peer) ||
        announcesClient(listener.config, peer)) // and speaks for itself now
        return shared_state::ClientCounts::Hold();
    const std::uint64_t scope = std::hash<std::string>()("listener " + listener.name);
    shared_state::ClientCounts &counts = *listener.clientCounts;
    return counts.enter(counts.key(scope, clientKey(peer, listener.ipv6Prefix)), listener.config.clientConnections);
}

} // namespace mainstay::http
