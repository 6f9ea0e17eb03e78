// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/cache_service.h"

#include "base/keyed_hash.h"
#include "schema/node.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

namespace mainstay::control {

namespace {

std::int64_t seconds(const config::Duration &duration)
{
    return std::chrono::ceil<Seconds>(duration.value).count();
}

// That no name leads out of the folder, or is one of another cache's.
std::string folderName(const std::string &name)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string safe;
    for (const char c : name) {
        const bool isPlain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        const auto byte = static_cast<unsigned char>(c);
        safe += isPlain ? std::string(1, c) : std::string{'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
    return safe;
}

cache::Cache::Limits limitsOf(const config::CacheConfig &config)
{
    return {config.memory, config.disk, config.largestObject, config.wait};
}

std::uint64_t sum(const cache::Cache &cache, Counter cache::Counts::*counter)
{
    std::uint64_t total = 0;
    for (std::uint32_t worker = 0; worker < cache.counts().size(); ++worker)
        total += (cache.counts()[worker].*counter).value();
    return total;
}

// Of caches that are no more.
void removeOthers(const std::filesystem::path &folder, const std::set<std::string> &kept)
{
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code ignored; // what cannot be taken away is tried again at the next start
        if (!kept.contains(entry->path().filename().string()))
            std::filesystem::remove_all(entry->path(), ignored);
    }
}

} // namespace

std::string cacheTagOf(const config::RouteConfig &route)
{
    static const KeyedHash kDigest(KeyedHash::Key{0x6d61696e73746179, 0x6361636865746167});
    std::string asked = (route.stripPrefix ? route.path.path : "") + '\n' + route.root.path + '\n' + route.index + '\n';
    for (const config::FieldEdit &edit : route.requestHeaders)
        asked += edit.text() + '\n';
    std::string tag = route.backend.name.empty() ? "app " + route.app.name : "backend " + route.backend.name;
    std::array<char, 16> hex{};
    const auto end = std::to_chars(hex.data(), hex.data() + hex.size(), kDigest(asked), 16).ptr;
    return tag.append(" ").append(hex.data(), end);
}

cache::Rules cacheRulesOf(const config::CacheConfig &cache, const config::RouteConfig &route)
{
    const bool hasOwn = route.cacheTtl.value.count() > 0;
    return {seconds(hasOwn ? route.cacheTtl : cache.defaultTtl),
            seconds(cache.heuristicTtl),
            seconds(cache.staleWhileRevalidate),
            seconds(cache.staleIfError),
            route.cacheCookies,
            cache.clientControl};
}

CacheService::CacheService(std::filesystem::path folder, std::uint32_t workers, Background &background,
                           logs::EventLog &events, std::function<void(engine::Job)> toControl)
    : m_folder(std::move(folder)), m_workers(workers), m_background(background), m_events(events),
      m_toControl(std::move(toControl))
{}

void CacheService::adopt(const config::Configuration &configuration)
{
    std::set<std::string> folders;
    for (const auto &[name, config] : configuration.caches) {
        std::shared_ptr<cache::Cache> &place = m_caches[name];
        const bool hasDisk = config.disk.bytes > 0;
        if (place && m_hasDisk[name] == hasDisk) {
            place->setLimits(limitsOf(config));
        } else {
            drop(std::move(place));
            place = make(name, config);
        }
        m_hasDisk[name] = hasDisk;
        if (hasDisk)
            folders.insert(folderName(name));
    }
    for (auto cache = m_caches.begin(); cache != m_caches.end();) {
        if (configuration.caches.contains(cache->first)) {
            ++cache;
            continue;
        }
        drop(std::move(cache->second));
        cache = m_caches.erase(cache);
    }
    if (!std::exchange(m_isTidy, true))
        m_background.run([folder = m_folder, folders] { removeOthers(folder, folders); });
}

std::shared_ptr<cache::Cache> CacheService::make(const std::string &name, const config::CacheConfig &config)
{
    cache::Cache::Surroundings surroundings;
    if (config.disk.bytes > 0)
        surroundings.folder = (m_folder / folderName(name)).string();
    surroundings.onTrouble = [this, name, toControl = m_toControl](const Error &error) {
        toControl([this, name, error] {
            m_events.add(logs::EventSeverity::error, schema::joinPath("cache", name), error.text());
        });
    };
    return std::make_shared<cache::Cache>(name, m_workers, limitsOf(config), std::move(surroundings));
}

void CacheService::drop(std::shared_ptr<cache::Cache> cache)
{
    if (cache)
        m_background.run([cache = std::move(cache)]() mutable { cache.reset(); });
}

std::shared_ptr<cache::Cache> CacheService::find(const std::string &name) const
{
    const auto cache = m_caches.find(name);
    return cache == m_caches.end() ? nullptr : cache->second;
}

std::vector<rpc::CacheMetrics> CacheService::metrics() const
{
    std::vector<rpc::CacheMetrics> all;
    for (const auto &[name, cache] : m_caches) {
        const cache::Cache::Usage usage = cache->usage();
        rpc::CacheMetrics metrics;
        metrics.name = name;
        metrics.hits = sum(*cache, &cache::Counts::hits);
        metrics.stale = sum(*cache, &cache::Counts::stale);
        metrics.revalidated = sum(*cache, &cache::Counts::revalidated);
        metrics.misses = sum(*cache, &cache::Counts::misses);
        metrics.bypassed = sum(*cache, &cache::Counts::bypassed);
        metrics.collapsed = sum(*cache, &cache::Counts::collapsed);
        metrics.bytes = sum(*cache, &cache::Counts::bytes);
        metrics.stored = usage.stored;
        metrics.evictions = usage.evicted;
        metrics.entries = usage.entries;
        metrics.memoryUsed = usage.memory;
        metrics.memoryLimit = usage.memoryLimit;
        metrics.files = usage.files;
        metrics.diskUsed = usage.disk;
        metrics.diskLimit = usage.diskLimit;
        metrics.diskErrors = usage.diskErrors;
        all.push_back(std::move(metrics));
    }
    return all;
}

} // namespace mainstay::control
