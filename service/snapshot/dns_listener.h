// SPDX-License-Identifier: GPL-3.0-or-later
// A listener for DNS as workers see it: its limits and its zones.
#pragma once

#include "config/listener.h"
#include "shared_state/cells.h"
#include "snapshot/zone_table.h"

#include <memory>
#include <string>

namespace mainstay::snapshot {

// Immutable.
struct DnsListener {
    std::string name;
    config::ListenerConfig config;
    ZoneTable zones;
    std::shared_ptr<shared_state::ListenerCell> cell; // of its TCP connections
    // Counts the queries that no zone answers. May be null.
    std::shared_ptr<shared_state::ZoneCell> outside;
};

} // namespace mainstay::snapshot
