// SPDX-License-Identifier: GPL-3.0-or-later
// What a configuration needs from its surroundings before it can be served: certificates, zones, addresses.
#pragma once

#include "base/clock.h"
#include "base/endpoint.h"
#include "base/problem.h"
#include "config/configuration.h"
#include "engine/tls_certificate.h"
#include "schema/origins.h"
#include "snapshot/zone.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace mainstay::control {

// Immutable. A zone as read from its file, and which version of the file that was.
struct PreparedZone {
    std::shared_ptr<const snapshot::Zone> zone;
    std::filesystem::path file;
    std::string stamp; // empty: read it again, whatever it looks like
    WallTime loaded;
    Problems warnings;
};

// Immutable. Objects that could not be prepared are absent, and a problem of severity error says why.
struct Prepared {
    std::map<std::string, engine::TlsCertificate::Pointer> certificates;
    std::map<std::string, PreparedZone> zones;
    std::map<std::string, IpAddress> addresses; // of servers' host names; those that do not resolve are absent
    Problems problems;
};

struct Surroundings {
    std::filesystem::path state;
    std::string hostName;
    bool readOnly = false; // for a check: no certificate is issued, nothing is written
    Milliseconds lookupPatience{5000}; // with the resolver, for all names together
};

// Thread pool: blocks on disk and on name look-ups. `before` is what was prepared last: zones whose files did not
// change are taken from there, the others are read as a difference to it.
[[nodiscard]] Prepared prepare(const config::Configuration &configuration, const schema::Origins &origins,
                               const Surroundings &surroundings, const Prepared &before);

} // namespace mainstay::control
