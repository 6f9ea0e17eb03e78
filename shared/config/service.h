// SPDX-License-Identifier: GPL-3.0-or-later
// The service as a whole: [service].
#pragma once

#include "config/log.h"
#include "config/setting.h"
#include "config/values.h"

#include <vector>

namespace mainstay::config {

// Immutable once loaded.
struct ServiceConfig {
    std::uint32_t workers = 0;
    FilePath accessLog{"access.log"};
    std::vector<Reference<LogConfig>> logs;
    Duration drainTimeout = Seconds(10);
    std::uint32_t ipv6Prefix = 64;
    ByteSize spoolLimit = mebibytes(4096);
    std::vector<Endpoint> resolvers;
    Duration lookupInterval = Seconds(60);

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ServiceConfig::workers, "workers",
          {.label = MS_NOOP("Config", "Worker threads"),
           .help = MS_NOOP("Config", "Threads that carry traffic; 0 means one for each processor core."),
           .max = 256,
           .restart = true});
        v(&ServiceConfig::accessLog, "access_log",
          {.label = MS_NOOP("Config", "Access log"),
           .help =
               MS_NOOP("Config",
                       "File that requests are written to in the combined format, where no `logs` are named. It is not "
                       "rotated. Relative to the folder `log` of the state folder; empty means none."),
           .base = PathBase::logs});
        v(&ServiceConfig::logs, "logs",
          {.label = MS_NOOP("Config", "Logs"),
           .help = MS_NOOP("Config", "Logs that requests are written to, instead of the file `access_log`.")});
        v(&ServiceConfig::drainTimeout, "drain_timeout",
          {.label = MS_NOOP("Config", "Drain timeout"),
           .help = MS_NOOP(
               "Config", "How long requests in flight may still take when the service stops, or when their listener is "
                         "taken out of the configuration."),
           .max = kHour});
        v(&ServiceConfig::ipv6Prefix, "ipv6_prefix",
          {.label = MS_NOOP("Config", "IPv6 prefix"),
           .help = MS_NOOP("Config", "Bits of IPv6 addresses by which limits tell clients apart, since one client has "
                                     "many addresses."),
           .unit = MS_NOOP("Config", "bits"),
           .min = 16,
           .max = 128});
        v(&ServiceConfig::spoolLimit, "spool_limit",
          {.label = MS_NOOP("Config", "Largest spool"),
           .help =
               MS_NOOP("Config", "Disk space, in the folder `spool` of the state folder, for bodies of requests that "
                                 "are buffered: of all together. One that is larger by itself is answered with 413, "
                                 "one that finds no room among the others with 503; 0 means no limit.")});
        v(&ServiceConfig::resolvers, "resolvers",
          {.label = MS_NOOP("Config", "Resolvers"),
           .help = MS_NOOP("Config", "DNS servers that are asked for the names of servers, as \"192.0.2.53:53\", one "
                                     "after another until one answers. Empty means those of the machine, with its file "
                                     "of hosts.")});
        v(&ServiceConfig::lookupInterval, "lookup_interval",
          {.label = MS_NOOP("Config", "Lookup interval"),
           .help = MS_NOOP("Config", "How often the names of servers are looked up again."),
           .min = 1000,
           .max = 60'000});
    }

    friend bool operator==(const ServiceConfig &, const ServiceConfig &) = default;
};

} // namespace mainstay::config
