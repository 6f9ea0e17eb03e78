// SPDX-License-Identifier: GPL-3.0-or-later
// Answers of servers that are kept and given to others: [cache.NAME].
#pragma once

#include "config/setting.h"
#include "config/values.h"

namespace mainstay::config {

// Immutable once loaded.
struct CacheConfig {
    ByteSize memory = mebibytes(64);
    ByteSize disk;
    ByteSize largestObject = mebibytes(1);
    Duration defaultTtl;
    Duration heuristicTtl;
    Duration staleWhileRevalidate;
    Duration staleIfError;
    Duration wait = Seconds(5);
    bool clientControl = true;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&CacheConfig::memory, "memory",
          {.label = MS_NOOP("Config", "Memory"),
           .help =
               MS_NOOP("Config", "Memory it takes at the most: for what is kept, what is on its way in, and the index "
                                 "of what is on the disk."),
           .min = std::int64_t{1} << 20});
        v(&CacheConfig::disk, "disk",
          {.label = MS_NOOP("Config", "Disk"),
           .help = MS_NOOP("Config", "Disk space, in the folder `cache` of the state folder. What is there outlives a "
                                     "restart. 0 means none.")});
        v(&CacheConfig::largestObject, "largest_object",
          {.label = MS_NOOP("Config", "Largest object"),
           .help = MS_NOOP("Config", "Content that is longer is not kept. A quarter of `memory` at the most.")});
        v(&CacheConfig::defaultTtl, "default_ttl",
          {.label = MS_NOOP("Config", "Default time to live"),
           .help = MS_NOOP("Config", "How long answers are fresh that say nothing of it, by neither Cache-Control nor "
                                     "Expires; 0 means that they are not kept."),
           .max = 365 * kDay});
        v(&CacheConfig::heuristicTtl, "heuristic_ttl",
          {.label = MS_NOOP("Config", "Heuristic time to live"),
           .help =
               MS_NOOP("Config", "Without `default_ttl`: such answers are fresh for a tenth of the time since their "
                                 "Last-Modified, and so long at the most; 0 means that they are not kept."),
           .max = 365 * kDay});
        v(&CacheConfig::staleWhileRevalidate, "stale_while_revalidate",
          {.label = MS_NOOP("Config", "Stale while revalidating"),
           .help =
               MS_NOOP("Config", "For how long answers that are not fresh any more are given out while a newer one is "
                                 "fetched, where they do not say (RFC 5861)."),
           .max = 365 * kDay});
        v(&CacheConfig::staleIfError, "stale_if_error",
          {.label = MS_NOOP("Config", "Stale on errors"),
           .help =
               MS_NOOP("Config", "For how long they are given out when no server can be reached or one answers with "
                                 "500, 502, 503 or 504, where they do not say (RFC 5861)."),
           .max = 365 * kDay});
        v(&CacheConfig::wait, "wait",
          {.label = MS_NOOP("Config", "Wait"),
           .help =
               MS_NOOP("Config", "How long requests wait for an answer that is being fetched for another one, before "
                                 "they ask a server themselves; 0 means not at all."),
           .max = 10 * 60 * 1000});
        v(&CacheConfig::clientControl, "client_control",
          {.label = MS_NOOP("Config", "Heed clients"),
           .help =
               MS_NOOP("Config", "Whether clients may ask for newer answers than those that are kept, by Cache-Control "
                                 "and Pragma, as browsers do when a page is loaded again.")});
    }

    friend bool operator==(const CacheConfig &, const CacheConfig &) = default;
};

} // namespace mainstay::config
