// SPDX-License-Identifier: GPL-3.0-or-later
// A backend as workers see it: its servers, resolved, and how to speak to them.
#pragma once

#include "base/peer_address.h"
#include "config/app.h"
#include "engine/tls_client_context.h"
#include "shared_state/cells.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mainstay::snapshot {

// Immutable.
struct Server {
    std::string id;
    config::ServerConfig config;
    std::optional<PeerAddress> endpoint; // nothing while its name does not resolve
    std::shared_ptr<shared_state::ServerCell> cell;
    std::string token{};                     // goes with each request, where it takes no others; empty for none
    engine::TlsClientContext::Pointer tls{}; // null where TLS is not spoken
    std::string tlsName{};                   // that it is asked for
    bool speaksHttp2 = false;                // and nothing else

    friend bool operator==(const Server &, const Server &) = default;
};

// Immutable. A backend of the configuration, or an app with its instances for servers. Kept alive by the sites that
// lead to it.
struct Backend {
    std::string name;
    config::BackendConfig config;
    std::vector<Server> servers;
    std::shared_ptr<shared_state::BackendCell> cell;
    config::AppProtocol protocol = config::AppProtocol::http;
    // Whether servers are kept from waiting for slow clients, unless a route says otherwise.
    bool buffers = false;
    // Of a body, in bytes, beyond which a server answers 413 by its head; 0 when that is not known.
    std::uint64_t largestBody = 0;
    std::uint32_t number = 0; // unique while the service runs and small, for tables of the workers

    friend bool operator==(const Backend &, const Backend &) = default;
};

} // namespace mainstay::snapshot
