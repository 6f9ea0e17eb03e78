// SPDX-License-Identifier: GPL-3.0-or-later
// cache.*: what caches hold and have done, and how to have them forget it.
#pragma once

#include "rpc/method.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mainstay::rpc {

struct CacheMetrics {
    std::string name;
    std::uint64_t hits = 0;
    std::uint64_t stale = 0;
    std::uint64_t revalidated = 0;
    std::uint64_t misses = 0;
    std::uint64_t bypassed = 0;
    std::uint64_t collapsed = 0;
    std::uint64_t bytes = 0;
    std::uint64_t stored = 0;
    std::uint64_t evictions = 0;
    std::uint64_t entries = 0;
    std::uint64_t memoryUsed = 0;
    std::uint64_t memoryLimit = 0;
    std::uint64_t files = 0;
    std::uint64_t diskUsed = 0;
    std::uint64_t diskLimit = 0;
    std::uint64_t diskErrors = 0;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&CacheMetrics::name, "name", {.help = "Name in the configuration"});
        v(&CacheMetrics::hits, "hits", {.help = "Requests answered with what was fresh"});
        v(&CacheMetrics::stale, "stale", {.help = "Requests answered with what was not fresh any more"});
        v(&CacheMetrics::revalidated, "revalidated",
          {.help = "Requests answered with what a server said to be good still"});
        v(&CacheMetrics::misses, "misses", {.help = "Requests answered by a server, since nothing was kept for them"});
        v(&CacheMetrics::bypassed, "bypassed", {.help = "Requests that are none for a cache"});
        v(&CacheMetrics::collapsed, "collapsed", {.help = "Requests that have waited for what another one fetched"});
        v(&CacheMetrics::bytes, "bytes", {.help = "Bytes of content that came from the cache"});
        v(&CacheMetrics::stored, "stored", {.help = "Answers it has taken"});
        v(&CacheMetrics::evictions, "evictions",
          {.help = "Answers that had to go for want of room, in memory or on the disk"});
        v(&CacheMetrics::entries, "entries", {.help = "Answers in memory"});
        v(&CacheMetrics::memoryUsed, "memory_used", {.help = "Bytes of memory in use"});
        v(&CacheMetrics::memoryLimit, "memory_limit", {.help = "Bytes it may take"});
        v(&CacheMetrics::files, "files", {.help = "Answers on the disk"});
        v(&CacheMetrics::diskUsed, "disk_used", {.help = "Bytes on the disk"});
        v(&CacheMetrics::diskLimit, "disk_limit", {.help = "Bytes it may take there; 0 when it has no disk"});
        v(&CacheMetrics::diskErrors, "disk_errors", {.help = "How often reading or writing the disk failed"});
    }
};

struct CacheList {
    std::vector<CacheMetrics> caches;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&CacheList::caches, "caches", {.help = "Each cache of the configuration"});
    }
};

struct ListCaches {
    static constexpr MethodInfo kMethod{"cache.list", Access::look, "What each cache holds and has done"};
    using Result = CacheList;

    template <class Visitor>
    static void describe(Visitor &&)
    {}
};

struct PurgedCache {
    std::uint64_t purged = 0;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&PurgedCache::purged, "purged", {.help = "How many answers are gone"});
    }
};

struct PurgeCache {
    static constexpr MethodInfo kMethod{"cache.purge", Access::change,
                                        "Have a cache forget what it holds, or the part that is named"};
    using Result = PurgedCache;

    std::string cache;
    std::string site;
    std::string prefix;
    std::string url;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&PurgeCache::cache, "cache", {.help = "Name of the cache", .required = true});
        v(&PurgeCache::site, "site", {.help = "Only what belongs to this site"});
        v(&PurgeCache::prefix, "prefix",
          {.help = "Only URLs that begin so; one that begins with / is compared with their paths"});
        v(&PurgeCache::url, "url", {.help = "Only this URL, with its query; without host, that path of any host"});
    }
};

} // namespace mainstay::rpc
