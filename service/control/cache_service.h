// SPDX-License-Identifier: GPL-3.0-or-later
// Makes the caches that the configuration names, and keeps them through changes.
#pragma once

#include "cache/cache.h"
#include "config/configuration.h"
#include "control/background.h"
#include "logs/event_log.h"
#include "rpc/cache_methods.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace mainstay::control {

using Caches = std::map<std::string, std::shared_ptr<cache::Cache>>;

// What a route of that configuration has to do with its cache.
// See snapshot::Route::cacheTag. The same after a restart.
[[nodiscard]] std::string cacheTagOf(const config::RouteConfig &route);
[[nodiscard]] cache::Rules cacheRulesOf(const config::CacheConfig &cache, const config::RouteConfig &route);

// Control thread.
class CacheService {
public:
    // `folder`: each cache with a disk has a folder there. `toControl`, from any thread: runs the job on the control
    // thread, unless this is gone by then.
    CacheService(std::filesystem::path folder, std::uint32_t workers, Background &background, logs::EventLog &events,
                 std::function<void(engine::Job)> toControl);
    CacheService(const CacheService &) = delete;
    CacheService &operator=(const CacheService &) = delete;

    // Before the snapshot of this configuration is built. Limits change in place; what a cache holds is lost when it is
    // given a disk, or has it taken away.
    void adopt(const config::Configuration &configuration);
    [[nodiscard]] const Caches &caches() const noexcept { return m_caches; }
    // Null when there is none of that name.
    [[nodiscard]] std::shared_ptr<cache::Cache> find(const std::string &name) const;
    [[nodiscard]] std::vector<rpc::CacheMetrics> metrics() const;

private:
    [[nodiscard]] std::shared_ptr<cache::Cache> make(const std::string &name, const config::CacheConfig &config);
    // It may have to wait for a disk before it ends.
    void drop(std::shared_ptr<cache::Cache> cache);

    const std::filesystem::path m_folder;
    const std::uint32_t m_workers;
    Background &m_background;
    logs::EventLog &m_events;
    const std::function<void(engine::Job)> m_toControl;
    Caches m_caches;
    std::map<std::string, bool> m_hasDisk;
    bool m_isTidy = false; // folders of caches that are gone have been taken away
};

} // namespace mainstay::control
