// SPDX-License-Identifier: GPL-3.0-or-later
// cache list and cache purge.
#include "cli/arguments.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/service_session.h"
#include "cli/verbs.h"
#include "rpc/cache_methods.h"

namespace mainstay::cli {
namespace {

QString usedText(std::uint64_t used, std::uint64_t limit)
{
    return limit == 0
               ? QStringLiteral("-")
               : bytesText(static_cast<double>(used)) + QStringLiteral(" of ") + bytesText(static_cast<double>(limit));
}

Result<ExitCode> listCaches(Invocation &invocation)
{
    Result<rpc::CacheList> list = invocation.service.call(rpc::ListCaches{});
    if (!list)
        return forward(std::move(list));
    if (invocation.output.isJson()) {
        invocation.output.value(list->caches);
        return ExitCode::done;
    }
    Table table({{QStringLiteral("CACHE")},
                 {QStringLiteral("HITS"), Align::right},
                 {QStringLiteral("MISSES"), Align::right},
                 {QStringLiteral("STALE"), Align::right},
                 {QStringLiteral("REVALIDATED"), Align::right},
                 {QStringLiteral("ENTRIES"), Align::right},
                 {QStringLiteral("MEMORY"), Align::right},
                 {QStringLiteral("FILES"), Align::right},
                 {QStringLiteral("DISK"), Align::right},
                 {QStringLiteral("EVICTED"), Align::right}});
    const auto count = [](std::uint64_t value) { return Cell(countText(static_cast<double>(value))); };
    for (const rpc::CacheMetrics &cache : list->caches)
        table.add({Cell::of(cache.name), count(cache.hits), count(cache.misses), count(cache.stale),
                   count(cache.revalidated), count(cache.entries), usedText(cache.memoryUsed, cache.memoryLimit),
                   count(cache.files), usedText(cache.diskUsed, cache.diskLimit), count(cache.evictions)});
    invocation.output.table(table);
    return ExitCode::done;
}

Result<ExitCode> purge(Invocation &invocation)
{
    const auto option = [&invocation](const char *name) {
        return invocation.arguments.value(QString::fromUtf8(name)).value_or(QString()).toStdString();
    };
    rpc::PurgeCache request;
    request.cache = invocation.arguments.positional.at(0).toStdString();
    request.site = option("site");
    request.prefix = option("prefix");
    request.url = option("url");
    Result<rpc::PurgedCache> purged = invocation.service.call(request);
    if (!purged)
        return forward(std::move(purged));
    if (invocation.output.isJson())
        invocation.output.value(*purged);
    else
        invocation.output.line(purged->purged == 1
                                   ? QStringLiteral("1 answer is gone.")
                                   : QString::number(purged->purged) + QStringLiteral(" answers are gone."));
    return ExitCode::done;
}

} // namespace

std::vector<Verb> cacheVerbs()
{
    return {
        {.name = QStringLiteral("cache list"),
         .arguments = {},
         .summary = QStringLiteral("List the caches"),
         .details = QStringLiteral("With --json, all that is counted of them."),
         .options = {},
         .examples = {{QStringLiteral("cache list"), QStringLiteral("hits, misses, memory and disk of each")}},
         .run = listCaches},
        {.name = QStringLiteral("cache purge"),
         .arguments = QStringLiteral("CACHE"),
         .summary = QStringLiteral("Have a cache forget what it holds"),
         .details =
             QStringLiteral("All of it, or what all the options given are true of. What is on its way from a server\n"
                            "is not kept either."),
         .options =
             {{QStringLiteral("site"), {}, QStringLiteral("SITE"), QStringLiteral("Only what belongs to the site")},
              {QStringLiteral("prefix"),
               {},
               QStringLiteral("URL"),
               QStringLiteral("Only URLs that begin so; or a path: paths that do")},
              {QStringLiteral("url"),
               {},
               QStringLiteral("URL"),
               QStringLiteral("Only this one, with its query; or a path, of any host")}},
         .examples = {{QStringLiteral("cache purge pages --prefix /blog/"), QStringLiteral("all below /blog/")},
                      {QStringLiteral("cache purge pages --site shop"), QStringLiteral("all of the site shop")}},
         .run = purge},
    };
}

} // namespace mainstay::cli
