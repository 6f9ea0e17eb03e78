// SPDX-License-Identifier: GPL-3.0-or-later
// A DNS zone that is answered with authority: [zone."NAME"].
#pragma once

#include "config/listener.h"
#include "config/setting.h"
#include "config/values.h"

#include <string_view>
#include <vector>

namespace mainstay::config {

// Immutable once loaded. The object's name is the zone's: lower case, without the final dot ("." for the root).
struct ZoneConfig {
    FilePath file;
    std::vector<Reference<ListenerConfig>> listeners;

    // Fails with "zone.malformed-name".
    static Result<> checkName(std::string_view name);
    // What every name that checkName() takes looks like, as kTextPattern.
    static constexpr const char *kNamePattern = R"(^(\.|[a-z0-9_/-]{1,63}(\.[a-z0-9_/-]{1,63})*)$)";

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ZoneConfig::file, "file",
          {.label = MS_NOOP("Config", "Zone file"),
           .help = MS_NOOP("Config", "Master file with the records (RFC 1035, section 5)."),
           .required = true});
        v(&ZoneConfig::listeners, "listeners",
          {.label = MS_NOOP("Config", "Listeners"),
           .help = MS_NOOP("Config", "Listeners that answer for the zone; empty means every DNS listener.")});
    }

    friend bool operator==(const ZoneConfig &, const ZoneConfig &) = default;
};

} // namespace mainstay::config
