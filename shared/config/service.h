// SPDX-License-Identifier: GPL-3.0-or-later
// The service as a whole: [service].
#pragma once

#include "config/setting.h"
#include "config/values.h"

namespace mainstay::config {

// Immutable once loaded.
struct ServiceConfig {
    std::uint32_t workers = 0;
    FilePath accessLog{"access.log"};
    Duration drainTimeout = Seconds(10);
    ByteSize spoolLimit = mebibytes(4096);

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
                       "File of the access log, relative to the folder `log` of the state folder; empty turns it off."),
           .restart = true,
           .base = PathBase::logs});
        v(&ServiceConfig::drainTimeout, "drain_timeout",
          {.label = MS_NOOP("Config", "Drain timeout"),
           .help = MS_NOOP(
               "Config", "How long requests in flight may still take when the service stops, or when their listener is "
                         "taken out of the configuration."),
           .max = kHour});
        v(&ServiceConfig::spoolLimit, "spool_limit",
          {.label = MS_NOOP("Config", "Largest spool"),
           .help =
               MS_NOOP("Config", "Disk space, in the folder `spool` of the state folder, for bodies of requests that "
                                 "are buffered: of all together. One that is larger by itself is answered with 413, "
                                 "one that finds no room among the others with 503; 0 means no limit.")});
    }

    friend bool operator==(const ServiceConfig &, const ServiceConfig &) = default;
};

} // namespace mainstay::config
