// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/publisher.h"

namespace mainstay::control {

void Publisher::publish(const config::Configuration &configuration, const Prepared &prepared)
{
    const auto apps = m_parts.apps ? m_parts.apps->makeBackends(configuration) : SnapshotBuilder::Backends{};
    if (m_parts.logs)
        m_parts.logs->adopt(configuration, prepared);
    if (m_parts.caches)
        m_parts.caches->adopt(configuration);
    const auto publication =
        m_parts.builder.build(configuration, prepared, apps, m_parts.logs ? m_parts.logs->logs() : RequestLogs{},
                              m_parts.caches ? m_parts.caches->caches() : Caches{});
    applyServerStates(configuration);
    for (const auto &plane : m_parts.planes)
        plane->publish(publication);
    ++m_count;
}

void Publisher::settle(engine::Job done)
{
    if (m_parts.planes.empty())
        return done();
    auto waiting = std::make_shared<std::size_t>(m_parts.planes.size());
    for (const auto &plane : m_parts.planes) {
        plane->settle([waiting, done] {
            if (--*waiting == 0)
                done();
        });
    }
}

void Publisher::applyServerStates(const config::Configuration &configuration)
{
    for (const auto &[backend, config] : configuration.backends) {
        for (const auto &[id, server] : config.servers) {
            const ServerOverride override = m_parts.overrides.find({backend, id});
            const auto cell = m_parts.cells.server({backend, id});
            cell->state.store(override.state.value_or(server.state), std::memory_order_relaxed);
            cell->weight.store(override.weight.value_or(server.weight), std::memory_order_relaxed);
        }
    }
}

void Publisher::forgetOthers(const config::Configuration &configuration)
{
    m_parts.cells.keepListeners([&](const std::string &name) { return configuration.listeners.contains(name); });
    m_parts.cells.keepSites([&](const std::string &name) { return configuration.sites.contains(name); });
    m_parts.cells.keepZones(
        [&](const std::string &name) { return name.empty() || configuration.zones.contains(name); });
    m_parts.cells.keepBackends([&](const std::string &name) {
        return configuration.backends.contains(name) || (m_parts.apps && m_parts.apps->keeps(name));
    });
    m_parts.cells.keepServers([&](const CellRegistry::ServerKey &key) {
        if (m_parts.apps && m_parts.apps->keeps(key))
            return true;
        const auto backend = configuration.backends.find(key.first);
        return backend != configuration.backends.end() && backend->second.servers.contains(key.second);
    });
}

} // namespace mainstay::control
