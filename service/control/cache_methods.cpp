// SPDX-License-Identifier: GPL-3.0-or-later
// cache.*.
#include "control/method_groups.h"
#include "rpc/methods.h"

namespace mainstay::control {

void bindCacheMethods(MethodRegistry &methods, const Reporting &reporting)
{
    methods.handle<rpc::ListCaches>([&reporting](const rpc::ListCaches &, const Caller &) -> Result<rpc::CacheList> {
        return rpc::CacheList{reporting.caches.metrics()};
    });
    methods.handle<rpc::PurgeCache>([&reporting](const rpc::PurgeCache &request, const Caller &,
                                                 const Reply<rpc::PurgedCache> &reply) {
        const auto cache = reporting.caches.find(request.cache);
        if (!cache)
            return reply(
                fail("cache.unknown", "there is no cache `" + request.cache + "`", "see mainstayctl cache list"));
        reporting.background.run(
            &reporting.configuration,
            [cache, purge = cache::Purge{request.site, request.prefix, request.url}] { return cache->purge(purge); },
            [reply](std::uint64_t purged) { reply(rpc::PurgedCache{purged}); });
    });
}

} // namespace mainstay::control
