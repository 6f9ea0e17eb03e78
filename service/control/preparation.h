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

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mainstay::control {

// Immutable. Which version of a file was read.
struct FileStamp {
    std::filesystem::path file;
    std::filesystem::file_time_type time; // of the last change; its epoch, far ahead, when it cannot be told
    std::uintmax_t size = 0;

    // As it is now.
    [[nodiscard]] static FileStamp of(std::filesystem::path file);

    friend bool operator==(const FileStamp &, const FileStamp &) = default;
};

// Immutable. A zone as read from its files, and which versions of them those were.
struct PreparedZone {
    // Whether its files on disk are others by now. Any thread that may block on a disk.
    [[nodiscard]] bool hasChanged() const;

    std::shared_ptr<const snapshot::Zone> zone;
    std::filesystem::path file;
    std::vector<FileStamp> stamps; // of the file and of what it includes
    // A file had changed so lately that it may change again within one step of the clock: read it again.
    bool isFresh = false;
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
    bool readOnly = false;             // for a check: no certificate is issued, nothing is written
    Milliseconds lookupPatience{5000}; // with the resolver, for all names together
    bool readsZonesAgain = true;       // or only those that are missing: what people edit is theirs to apply
};

// Thread pool: blocks on disk and on name look-ups. `before` is what was prepared last: zones whose files did not
// change are taken from there, the others are read as a difference to it.
[[nodiscard]] Prepared prepare(const config::Configuration &configuration, const schema::Origins &origins,
                               const Surroundings &surroundings, const Prepared &before);

} // namespace mainstay::control
