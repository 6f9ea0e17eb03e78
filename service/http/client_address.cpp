// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/client_address.h"

#include "http/connection.h"
#include "http/listener.h"
#include "wire/forwarded.h"
#include "wire/http_chars.h"

#include <algorithm>
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
    Trail(Exchange &exchange, const std::vector<Network> &proxies) : m_exchange(exchange), m_proxies(proxies) {}

    // Calls take(list) for the last element of the last field, and so on, until that returns false.
    template <class Take>
    void follow(KnownField field, Take take)
    {
        const wire::RequestHead &head = m_exchange.head;
        for (std::size_t i = head.fieldCount(); i > 0; --i) {
            if (head.id(i - 1) != field)
                continue;
            for (std::string_view list = head.value(i - 1); !list.empty();) {
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
        m_exchange.client = *address;
        return isTrusted(m_proxies, *address);
    }

private:
    Exchange &m_exchange;
    const std::vector<Network> &m_proxies;
    int m_hops = 0;
};

// As the nearest proxy has it, which may have been told by others.
std::optional<bool> isSaidToBeSecure(const wire::RequestHead &head)
{
    std::optional<bool> said;
    for (std::size_t i = 0; i < head.fieldCount(); ++i) {
        if (head.id(i) != KnownField::xForwardedProto)
            continue;
        const std::string_view value = head.value(i);
        said = wire::equalsIgnoringCase(wire::trimBlanks(value.substr(value.rfind(',') + 1)), "https");
    }
    return said;
}

} // namespace

void findClient(Exchange &exchange)
{
    const Connection &connection = *exchange.connection;
    const config::ListenerConfig &listener = connection.listener().config();
    exchange.fromProxy = isTrusted(listener.trustedProxies, connection.peer());
    if (!exchange.fromProxy)
        return;
    Trail trail(exchange, listener.trustedProxies);
    if (listener.proxyHeaders == config::ProxyHeaders::xForwarded) {
        trail.follow(KnownField::xForwardedFor,
                     [&](std::string_view &list) { return trail.pass(wire::takeLastForwardedFor(list)); });
        exchange.isSecure = isSaidToBeSecure(exchange.head).value_or(exchange.isSecure);
        return;
    }
    trail.follow(KnownField::forwarded, [&](std::string_view &list) {
        const wire::ForwardedElement element = wire::takeLastForwarded(list);
        if (!element.protocol.empty())
            exchange.isSecure = wire::equalsIgnoringCase(element.protocol, "https");
        return trail.pass(element.client);
    });
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
