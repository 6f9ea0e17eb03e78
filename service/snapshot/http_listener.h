// SPDX-License-Identifier: GPL-3.0-or-later
// A listener for HTTP or HTTPS as workers see it: its limits, its sites and their certificates.
#pragma once

#include "config/listener.h"
#include "engine/tls_certificate.h"
#include "engine/tls_context.h"
#include "shared_state/client_counts.h"
#include "snapshot/host_map.h"

#include <memory>
#include <string>

namespace mainstay::snapshot {

// Immutable.
struct HttpListener {
    std::string name;
    config::ListenerConfig config;
    HostMap hosts;
    std::shared_ptr<shared_state::ListenerCell> cell;
    std::shared_ptr<shared_state::ClientCounts> clientCounts; // null when connections of a client are not limited
    unsigned ipv6Prefix = 64;
    // Both only for HTTPS. The selector is kept alive by each connection that was made under it.
    engine::TlsContext::Pointer tls;
    std::shared_ptr<const engine::CertificateSelector> certificates;
};

} // namespace mainstay::snapshot
