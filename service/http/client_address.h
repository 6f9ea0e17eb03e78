// SPDX-License-Identifier: GPL-3.0-or-later
// Who a client is, behind proxies, and how clients are told apart.
#pragma once

#include "http/exchange.h"
#include "snapshot/http_listener.h"

#include <optional>
#include <string>
#include <string_view>

namespace mainstay::http {

// Worker thread.
// Where the exchange's connection comes from a trusted proxy: who it speaks for, and whether that one speaks TLS. Of
// those it names, the last that is no trusted proxy itself; what is said before is anybody's guess.
void findClient(Exchange &exchange);

// What the client has asked for, as the trusted proxy says that the exchange comes from. Each is empty where nothing is
// said, or what could be no host, or no port. Valid as long as the head.
struct SaidTarget {
    std::string_view host; // perhaps with a port
    std::string_view port;
};
[[nodiscard]] SaidTarget saidTarget(const Exchange &exchange);

// What stands for a client in tables of clients: its address, or its network where it has as many as it likes.
[[nodiscard]] std::string clientKey(const IpAddress &client, unsigned ipv6Prefix);

// Whether a connection from there begins with a header of the PROXY protocol.
[[nodiscard]] bool announcesClient(const config::ListenerConfig &listener, const IpAddress &peer);

// A place among its client's connections; an empty one where these are not limited. Nothing when there are too many.
[[nodiscard]] std::optional<shared_state::ClientCounts::Hold> countConnection(const snapshot::HttpListener &listener,
                                                                              const IpAddress &peer);

} // namespace mainstay::http
