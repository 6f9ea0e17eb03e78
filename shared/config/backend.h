// SPDX-License-Identifier: GPL-3.0-or-later
// A set of equal servers that requests are spread over: [backend.NAME] and [backend.NAME.server.ID].
#pragma once

#include "config/certificate.h"
#include "config/setting.h"
#include "config/values.h"

#include <array>
#include <map>
#include <string>

namespace mainstay::config {

enum class Balance : std::uint8_t { roundRobin, leastConnections };

constexpr auto enumerators(Balance)
{
    return std::array{
        Enumerator{Balance::roundRobin, "round_robin", MS_NOOP("Config", "Round robin")},
        Enumerator{Balance::leastConnections, "least_connections", MS_NOOP("Config", "Least connections")},
    };
}

enum class BackendProtocol : std::uint8_t { http, https, h2c, h2, fastcgi };

constexpr auto enumerators(BackendProtocol)
{
    return std::array{
        Enumerator{BackendProtocol::http, "http", MS_NOOP("Config", "HTTP/1.1")},
        Enumerator{BackendProtocol::https, "https", MS_NOOP("Config", "HTTP/1.1 over TLS")},
        Enumerator{BackendProtocol::h2c, "h2c", MS_NOOP("Config", "HTTP/2 without TLS")},
        Enumerator{BackendProtocol::h2, "h2", MS_NOOP("Config", "HTTP/2 over TLS")},
        Enumerator{BackendProtocol::fastcgi, "fastcgi", MS_NOOP("Config", "FastCGI")},
    };
}

constexpr bool isOverTls(BackendProtocol protocol)
{
    return protocol == BackendProtocol::https || protocol == BackendProtocol::h2;
}

constexpr bool isHttp2(BackendProtocol protocol)
{
    return protocol == BackendProtocol::h2c || protocol == BackendProtocol::h2;
}

// What a server is told of the client before all else.
enum class ProxyProtocol : std::uint8_t { off, v1, v2 };

constexpr auto enumerators(ProxyProtocol)
{
    return std::array{
        Enumerator{ProxyProtocol::off, "off", MS_NOOP("Config", "Off")},
        Enumerator{ProxyProtocol::v1, "v1", MS_NOOP("Config", "Version 1")},
        Enumerator{ProxyProtocol::v2, "v2", MS_NOOP("Config", "Version 2")},
    };
}

enum class ServerState : std::uint8_t {
    ready,
    drain, // finishes what it has and gets nothing new
    maint, // gets nothing and is not probed
};

constexpr auto enumerators(ServerState)
{
    return std::array{
        Enumerator{ServerState::ready, "ready", MS_NOOP("Config", "Ready")},
        Enumerator{ServerState::drain, "drain", MS_NOOP("Config", "Draining")},
        Enumerator{ServerState::maint, "maint", MS_NOOP("Config", "Maintenance")},
    };
}

// Immutable once loaded.
struct ServerConfig {
    ServerAddress address;
    std::uint32_t weight = 1;
    std::uint32_t maxConnections = 0;
    ServerState state = ServerState::ready;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ServerConfig::address, "address",
          {.label = MS_NOOP("Config", "Address"),
           .help =
               MS_NOOP("Config", "Host and port, as \"10.0.0.5:8080\" or \"app.internal:8080\", or a socket of this "
                                 "machine, as \"unix:/run/app.sock\", which the service's user must be able to "
                                 "write to."),
           .required = true});
        v(&ServerConfig::weight, "weight",
          {.label = MS_NOOP("Config", "Weight"),
           .help = MS_NOOP("Config", "Share of the requests, relative to the other servers."),
           .min = 1,
           .max = 256});
        v(&ServerConfig::maxConnections, "max_connections",
          {.label = MS_NOOP("Config", "Most connections"),
           .help = MS_NOOP("Config", "Requests it works on at a time; 0 means no limit.")});
        v(&ServerConfig::state, "state",
          {.label = MS_NOOP("Config", "State"),
           .help = MS_NOOP("Config", "State the server is in until another is set at run time. Draining: finishes what "
                                     "it has and gets nothing new. Maintenance: gets nothing and is not checked.")});
    }

    friend bool operator==(const ServerConfig &, const ServerConfig &) = default;
};

// Immutable once loaded.
struct BackendConfig {
    Balance balance = Balance::roundRobin;
    BackendProtocol protocol = BackendProtocol::http;
    FilePath tlsCa;
    std::string tlsName;
    Reference<CertificateConfig> tlsCertificate;
    bool tlsVerify = true;
    ProxyProtocol proxyProtocol = ProxyProtocol::off;
    Duration connectTimeout = Seconds(2);
    Duration responseTimeout = Seconds(30);
    Duration totalTimeout;
    Duration idleTimeout = Seconds(30);
    Duration tunnelTimeout = Seconds(3600);
    std::uint32_t pool = 256;
    std::uint32_t retries = 2;
    std::uint32_t retryBudget = 20;
    UrlPath healthPath;
    Duration healthInterval = Seconds(2);
    Duration healthTimeout = Seconds(1);
    std::uint32_t healthRise = 2;
    std::uint32_t healthFall = 3;
    StatusRange healthStatus;
    std::map<std::string, ServerConfig> servers;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&BackendConfig::balance, "balance",
          {.label = MS_NOOP("Config", "Balance"), .help = MS_NOOP("Config", "How a server is chosen for a request.")});
        v(&BackendConfig::protocol, "protocol",
          {.label = MS_NOOP("Config", "Protocol"),
           .help = MS_NOOP("Config", "What is spoken with the servers. gRPC is spoken over HTTP/2.")});
        v(&BackendConfig::tlsCa, "tls_ca",
          {.label = MS_NOOP("Config", "Servers' authorities"),
           .help = MS_NOOP("Config", "Over TLS: PEM file of the authorities that sign the servers' certificates; empty "
                                     "means those that the system trusts.")});
        v(&BackendConfig::tlsName, "tls_name",
          {.label = MS_NOOP("Config", "Servers' name"),
           .help = MS_NOOP("Config", "Over TLS: name that the servers are asked for, and that their certificates must "
                                     "be for; empty means the host of each server's address.")});
        v(&BackendConfig::tlsCertificate, "tls_certificate",
          {.label = MS_NOOP("Config", "Certificate for servers"),
           .help = MS_NOOP("Config", "Over TLS: shown to servers that ask for one.")});
        v(&BackendConfig::tlsVerify, "tls_verify",
          {.label = MS_NOOP("Config", "Verify servers"),
           .help = MS_NOOP("Config", "Over TLS: whether a server whose certificate is not signed by one of the "
                                     "authorities, is for another name or has expired is refused. Without it, whoever "
                                     "gets between reads and changes everything.")});
        v(&BackendConfig::proxyProtocol, "proxy_protocol",
          {.label = MS_NOOP("Config", "PROXY protocol"),
           .help = MS_NOOP("Config", "Begin each connection with a header of the PROXY protocol, which says who the "
                                     "client is. A connection then is for one request: none is kept.")});
        v(&BackendConfig::connectTimeout, "connect_timeout",
          {.label = MS_NOOP("Config", "Connect timeout"),
           .help =
               MS_NOOP("Config", "Time to get a connection to a server, with TLS if that is spoken; then another is "
                                 "tried."),
           .min = 1,
           .max = kHour});
        v(&BackendConfig::responseTimeout, "response_timeout",
          {.label = MS_NOOP("Config", "Response timeout"),
           .help = MS_NOOP("Config", "Time for a response to begin, and between two parts of it."),
           .min = 1,
           .max = kDay});
        v(&BackendConfig::totalTimeout, "total_timeout",
          {.label = MS_NOOP("Config", "Total timeout"),
           .help = MS_NOOP("Config", "Time for a response to begin, over all servers that are tried; 0 means no limit "
                                     "but that of each."),
           .max = kDay});
        v(&BackendConfig::idleTimeout, "idle_timeout",
          {.label = MS_NOOP("Config", "Idle timeout"),
           .help = MS_NOOP("Config", "How long an unused connection to a server is kept."),
           .max = kDay});
        v(&BackendConfig::tunnelTimeout, "tunnel_timeout",
          {.label = MS_NOOP("Config", "Tunnel timeout"),
           .help =
               MS_NOOP("Config", "How long a WebSocket, another connection that has changed its protocol, or a call of "
                                 "gRPC, may be silent."),
           .min = 1,
           .max = kDay});
        v(&BackendConfig::pool, "pool",
          {.label = MS_NOOP("Config", "Idle connections"),
           .help = MS_NOOP("Config", "Unused connections kept to each server by each worker thread; 0 keeps none."),
           .max = 65536});
        v(&BackendConfig::retries, "retries",
          {.label = MS_NOOP("Config", "Retries"),
           .help = MS_NOOP("Config", "Other servers tried when one fails before any of its answer was passed on."),
           .max = 16});
        v(&BackendConfig::retryBudget, "retry_budget",
          {.label = MS_NOOP("Config", "Retry budget"),
           .help =
               MS_NOOP("Config", "Share of the requests of the last seconds that may be sent to another server, so "
                                 "that servers in trouble do not get several times the load; ten in five seconds by "
                                 "each worker thread always may, and what no connection was had for, or what a server "
                                 "that was well had under way when it went down. 100 means no limit."),
           .unit = MS_NOOP("Config", "%"),
           .max = 100});
        v(&BackendConfig::healthPath, "health_path",
          {.label = MS_NOOP("Config", "Health check path"),
           .help = MS_NOOP(
               "Config", "Path requested to see whether a server is well; empty means that a connection is enough.")});
        v(&BackendConfig::healthInterval, "health_interval",
          {.label = MS_NOOP("Config", "Health check interval"),
           .help = MS_NOOP("Config", "Time between two checks of a server."),
           .min = 10,
           .max = kDay});
        v(&BackendConfig::healthTimeout, "health_timeout",
          {.label = MS_NOOP("Config", "Health check timeout"),
           .help = MS_NOOP("Config", "Time for a check to succeed."),
           .min = 1,
           .max = kHour});
        v(&BackendConfig::healthRise, "health_rise",
          {.label = MS_NOOP("Config", "Checks to come up"),
           .help = MS_NOOP("Config", "Checks in a row that must succeed before a server that was down gets requests."),
           .min = 1,
           .max = 100});
        v(&BackendConfig::healthFall, "health_fall",
          {.label = MS_NOOP("Config", "Checks to go down"),
           .help = MS_NOOP("Config", "Checks in a row that must fail before a server gets no more requests."),
           .min = 1,
           .max = 100});
        v(&BackendConfig::healthStatus, "health_status",
          {.label = MS_NOOP("Config", "Healthy status"),
           .help =
               MS_NOOP("Config",
                       "Status codes of a server that is well, as \"200-399\" or \"204\"; used with `health_path`.")});
        v(&BackendConfig::servers, "server",
          {.label = MS_NOOP("Config", "Servers"),
           .help = MS_NOOP("Config", "The servers requests are spread over, each under a name.")});
    }

    friend bool operator==(const BackendConfig &, const BackendConfig &) = default;
};

} // namespace mainstay::config
