// SPDX-License-Identifier: GPL-3.0-or-later
// What a request has to pass between its route and the route's action.
#pragma once

#include "config/protection.h"
#include "shared_state/client_counts.h"
#include "shared_state/rate_table.h"
#include "snapshot/backend.h"
#include "snapshot/user_table.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace mainstay::snapshot {

// Immutable.
struct CountedLimit {
    config::RateLimit limit;
    shared_state::RateTable::Rate rate;
    std::uint64_t scope = 0; // of the keys in the table
};

// Immutable. Of a route that has any; shared by nobody but its site's versions.
struct Guards {
    config::Protection rules; // the route's, and its site's where the route says nothing
    std::vector<CountedLimit> limits;
    std::uint64_t requestScope = 0; // of rules.clientRequests
    CountedLimit logins;
    unsigned ipv6Prefix = 64;
    std::shared_ptr<shared_state::RateTable> rates;           // null when nothing is limited by rate
    std::shared_ptr<shared_state::ClientCounts> clientCounts; // null when requests under way are not limited
    std::shared_ptr<const UserTable> users;                   // null while their file cannot be read
    std::shared_ptr<const Backend> authority;                 // null while there is none
};

} // namespace mainstay::snapshot
