// SPDX-License-Identifier: GPL-3.0-or-later
// Everything workers need to know to serve, as one immutable value.
#pragma once

#include "base/clock.h"
#include "logs/access_log.h"
#include "snapshot/backend.h"
#include "snapshot/dns_listener.h"
#include "snapshot/http_listener.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace mainstay::snapshot {

// Immutable. What two snapshots have in common they share.
struct Snapshot {
    std::uint64_t generation = 0;      // counts publishes
    Milliseconds drainTimeout{10'000}; // for connections of listeners that are gone
    std::map<std::string, std::shared_ptr<const HttpListener>> httpListeners;
    std::map<std::string, std::shared_ptr<const DnsListener>> dnsListeners;
    std::vector<std::shared_ptr<const Backend>> backends;             // for probing and for pools; sites hold their own
    std::vector<std::shared_ptr<const logs::AccessLog>> logs;         // all that are in use
    std::vector<std::shared_ptr<const logs::RequestLog>> serviceLogs; // for sites without their own
};

} // namespace mainstay::snapshot
