// SPDX-License-Identifier: GPL-3.0-or-later
// What a configuration needs from its surroundings before it can be served: certificates, zones, addresses.
#pragma once

#include "base/clock.h"
#include "base/endpoint.h"
#include "base/problem.h"
#include "config/configuration.h"
#include "control/prepared_zone.h"
#include "engine/tls_certificate.h"
#include "engine/tls_client_context.h"
#include "engine/tls_client_trust.h"
#include "schema/origins.h"
#include "snapshot/user_table.h"

#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace mainstay::control {

// Immutable. Objects that could not be prepared are absent, and a problem of severity error says why.
struct Prepared {
    std::map<std::string, engine::TlsCertificate::Pointer> certificates;
    std::map<std::string, engine::TlsClientTrust::Pointer> clientTrust; // by site
    std::map<std::string, engine::TlsClientContext::Pointer> serverTls; // by backend, of those reached by TLS
    std::map<std::string, PreparedZone> zones;
    std::map<std::string, std::shared_ptr<const snapshot::UserTable>> users; // by their files
    std::map<std::string, IpAddress> addresses; // of servers' host names; those that do not resolve are absent
    Problems problems;
};

struct Surroundings {
    std::filesystem::path state;
    std::string hostName;
    bool readOnly = false;             // for a check: no certificate is issued, nothing is written
    Milliseconds lookupPatience{5000}; // with the resolver, for all names together
    bool readsZonesAgain = true;       // or only those that are missing: what people edit is theirs to apply
    TextsByZone appliedZones = {};     // read these as they were applied, the others from disk
};

// Thread pool: blocks on disk and on name look-ups. `before` is what was prepared last: zones whose files did not
// change are taken from there, the others are read as a difference to it.
[[nodiscard]] Prepared prepare(const config::Configuration &configuration, const schema::Origins &origins,
                               const Surroundings &surroundings, const Prepared &before);

} // namespace mainstay::control
