// SPDX-License-Identifier: GPL-3.0-or-later
// Where the service listens and for what: [listener.NAME].
#pragma once

#include "base/network.h"
#include "config/certificate.h"
#include "config/http_values.h"
#include "config/setting.h"
#include "config/values.h"

#include <array>
#include <vector>

namespace mainstay::config {

enum class Protocol : std::uint8_t { http, https, dns };

constexpr auto enumerators(Protocol)
{
    return std::array{
        Enumerator{Protocol::http, "http", MS_NOOP("Config", "HTTP")},
        Enumerator{Protocol::https, "https", MS_NOOP("Config", "HTTPS")},
        Enumerator{Protocol::dns, "dns", MS_NOOP("Config", "DNS over UDP and TCP")},
    };
}

// By which fields a trusted proxy tells of its client. Only these are looked at: of the others such a proxy may pass on
// what the client made up.
enum class ProxyHeaders : std::uint8_t { xForwarded, forwarded };

constexpr auto enumerators(ProxyHeaders)
{
    return std::array{
        Enumerator{ProxyHeaders::xForwarded, "x-forwarded",
                   MS_NOOP("Config", "X-Forwarded-For, -Proto, -Host and -Port")},
        Enumerator{ProxyHeaders::forwarded, "forwarded", MS_NOOP("Config", "Forwarded (RFC 7239)")},
    };
}

// Immutable once loaded.
struct ListenerConfig {
    std::vector<Endpoint> address;
    Protocol protocol = Protocol::http;
    Reference<CertificateConfig> defaultCertificate;
    std::uint32_t maxConnections = 0;
    std::uint32_t clientConnections = 0;
    std::vector<Network> trustedProxies;
    ProxyHeaders proxyHeaders = ProxyHeaders::xForwarded;
    std::vector<Network> proxyProtocol;

    // HTTP and HTTPS.
    ByteSize maxHead = kibibytes(32);
    ByteSize maxBody;
    Duration headTimeout = Seconds(10);
    Duration bodyTimeout = Seconds(30);
    Duration idleTimeout = Seconds(60);
    Duration writeTimeout = Seconds(30);

    // DNS.
    std::uint32_t udpSize = 1232;
    Duration tcpIdleTimeout = Seconds(10);

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ListenerConfig::address, "address",
          {.label = MS_NOOP("Config", "Addresses"),
           .help = MS_NOOP(
               "Config",
               "Addresses with ports to listen on, as \"0.0.0.0:80\" or \"[::]:443\"; \":80\" is every IPv4 address."),
           .required = true});
        v(&ListenerConfig::protocol, "protocol",
          {.label = MS_NOOP("Config", "Protocol"), .help = MS_NOOP("Config", "What is spoken on these addresses.")});
        v(&ListenerConfig::defaultCertificate, "default_certificate",
          {.label = MS_NOOP("Config", "Default certificate"),
           .help = MS_NOOP("Config", "HTTPS: shown to clients that name no site with a certificate of its own.")});
        v(&ListenerConfig::maxConnections, "max_connections",
          {.label = MS_NOOP("Config", "Most connections"),
           .help = MS_NOOP(
               "Config", "Connections of clients open at a time; further ones are closed at once. 0 means no limit.")});
        v(&ListenerConfig::clientConnections, "client_connections",
          {.label = MS_NOOP("Config", "Connections of a client"),
           .help =
               MS_NOOP("Config", "HTTP: connections of one client, by its address, open at a time; further ones are "
                                 "closed at once. Trusted proxies may have more. 0 means no limit."),
           .max = 100'000});
        v(&ListenerConfig::trustedProxies, "trusted_proxies",
          {.label = MS_NOOP("Config", "Trusted proxies"),
           .help = MS_NOOP("Config", "HTTP: networks of proxies that are believed when they say who the client is and "
                                     "what it has asked for. From all others such fields are dropped.")});
        v(&ListenerConfig::proxyHeaders, "proxy_headers",
          {.label = MS_NOOP("Config", "Proxy headers"),
           .help = MS_NOOP("Config", "HTTP: fields by which trusted proxies say it.")});
        v(&ListenerConfig::proxyProtocol, "proxy_protocol",
          {.label = MS_NOOP("Config", "PROXY protocol"),
           .help = MS_NOOP("Config",
                           "HTTP: networks of proxies whose connections begin with a header of the PROXY protocol, "
                           "version 1 or 2, that says who the client is. Connections from there without one are "
                           "closed; connections from elsewhere begin without one.")});
        v(&ListenerConfig::maxHead, "max_head",
          {.label = MS_NOOP("Config", "Largest head"),
           .help = MS_NOOP("Config", "HTTP: request line and header fields; larger ones are answered with 431."),
           .min = 1024,
           .max = 60 * 1024}); // with what a proxy adds it still fits a block of 64 KiB
        v(&ListenerConfig::maxBody, "max_body",
          {.label = MS_NOOP("Config", "Largest body"),
           .help = MS_NOOP("Config", "HTTP: larger request bodies are answered with 413; 0 means no limit.")});
        v(&ListenerConfig::headTimeout, "head_timeout",
          {.label = MS_NOOP("Config", "Head timeout"),
           .help = MS_NOOP("Config", "HTTP: time for a whole request head, from its first byte."),
           .min = 1,
           .max = kHour});
        v(&ListenerConfig::bodyTimeout, "body_timeout",
          {.label = MS_NOOP("Config", "Body timeout"),
           .help = MS_NOOP("Config",
                           "HTTP: time that may be spent waiting for a request body, in all its pauses together; each "
                           "500 bytes that come add a second."),
           .min = 1,
           .max = kHour});
        v(&ListenerConfig::idleTimeout, "idle_timeout",
          {.label = MS_NOOP("Config", "Idle timeout"),
           .help = MS_NOOP("Config", "HTTP: how long a connection stays open between requests."),
           .min = 1,
           .max = kDay});
        v(&ListenerConfig::writeTimeout, "write_timeout",
          {.label = MS_NOOP("Config", "Write timeout"),
           .help = MS_NOOP("Config", "HTTP: time in which a client must take some of what is sent."),
           .min = 1,
           .max = kHour});
        v(&ListenerConfig::udpSize, "udp_size",
          {.label = MS_NOOP("Config", "UDP payload"),
           .help = MS_NOOP("Config", "DNS: largest answer sent over UDP, and the EDNS size announced."),
           .unit = MS_NOOP("Config", "bytes"),
           .min = 512,
           .max = 4096});
        v(&ListenerConfig::tcpIdleTimeout, "tcp_idle_timeout",
          {.label = MS_NOOP("Config", "TCP idle timeout"),
           .help = MS_NOOP("Config", "DNS: how long a TCP connection stays open between queries."),
           .min = 1,
           .max = kHour});
    }

    friend bool operator==(const ListenerConfig &, const ListenerConfig &) = default;
};

} // namespace mainstay::config
