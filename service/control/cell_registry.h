// SPDX-License-Identifier: GPL-3.0-or-later
// The cells of all objects, found by the object's identity.
#pragma once

#include "shared_state/cells.h"
#include "shared_state/client_counts.h"
#include "shared_state/rate_table.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace mainstay::control {

// Control thread. A cell is made when its object first appears and forgotten when the object leaves the configuration;
// whoever holds it keeps it.
class CellRegistry {
public:
    explicit CellRegistry(std::uint32_t workers) : m_workers(workers) {}

    struct Backend {
        std::shared_ptr<shared_state::BackendCell> cell;
        std::uint32_t number = 0;
    };
    using ServerKey = std::pair<std::string, std::string>; // backend, server

    std::shared_ptr<shared_state::ListenerCell> listener(const std::string &name) { return get(m_listeners, name); }
    std::shared_ptr<shared_state::SiteCell> site(const std::string &name) { return get(m_sites, name); }
    std::shared_ptr<shared_state::ZoneCell> zone(const std::string &name) { return get(m_zones, name); }
    Backend backend(const std::string &name)
    {
        Backend &place = m_backends[name];
        if (!place.cell)
            place = {std::make_shared<shared_state::BackendCell>(name, m_workers), m_nextBackend++};
        return place;
    }
    std::shared_ptr<shared_state::ServerCell> server(const ServerKey &key)
    {
        auto &place = m_servers[key];
        if (!place)
            place = std::make_shared<shared_state::ServerCell>(key.first, key.second, m_nextServer++, m_workers);
        return place;
    }

    // Each made when something is limited first, and kept from then on.
    const std::shared_ptr<shared_state::RateTable> &rates()
    {
        if (!m_rates)
            m_rates = std::make_shared<shared_state::RateTable>();
        return m_rates;
    }
    const std::shared_ptr<shared_state::ClientCounts> &clientCounts()
    {
        if (!m_clientCounts)
            m_clientCounts = std::make_shared<shared_state::ClientCounts>();
        return m_clientCounts;
    }

    [[nodiscard]] std::uint32_t workers() const noexcept { return m_workers; }

    // Forgets every cell for which the predicate of its kind is false.
    template <class Kept>
    void keepListeners(const Kept &kept)
    {
        std::erase_if(m_listeners, [&](const auto &entry) { return !kept(entry.first); });
    }
    template <class Kept>
    void keepSites(const Kept &kept)
    {
        std::erase_if(m_sites, [&](const auto &entry) { return !kept(entry.first); });
    }
    template <class Kept>
    void keepZones(const Kept &kept)
    {
        std::erase_if(m_zones, [&](const auto &entry) { return !kept(entry.first); });
    }
    template <class Kept>
    void keepBackends(const Kept &kept)
    {
        std::erase_if(m_backends, [&](const auto &entry) { return !kept(entry.first); });
    }
    template <class Kept>
    void keepServers(const Kept &kept)
    {
        std::erase_if(m_servers, [&](const auto &entry) { return !kept(entry.first); });
    }

private:
    template <class Cell>
    std::shared_ptr<Cell> get(std::map<std::string, std::shared_ptr<Cell>> &cells, const std::string &name)
    {
        auto &place = cells[name];
        if (!place)
            place = std::make_shared<Cell>(name, m_workers);
        return place;
    }

    std::uint32_t m_workers;
    std::uint32_t m_nextBackend = 0;
    std::uint32_t m_nextServer = 0;
    std::map<std::string, std::shared_ptr<shared_state::ListenerCell>> m_listeners;
    std::map<std::string, std::shared_ptr<shared_state::SiteCell>> m_sites;
    std::map<std::string, std::shared_ptr<shared_state::ZoneCell>> m_zones;
    std::map<std::string, Backend> m_backends;
    std::map<ServerKey, std::shared_ptr<shared_state::ServerCell>> m_servers;
    std::shared_ptr<shared_state::RateTable> m_rates;
    std::shared_ptr<shared_state::ClientCounts> m_clientCounts;
};

} // namespace mainstay::control
