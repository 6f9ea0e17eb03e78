// SPDX-License-Identifier: GPL-3.0-or-later
// A site as workers see it: its routes and what they lead to.
#pragma once

#include "config/site.h"
#include "engine/tls_client_trust.h"
#include "logs/request_log.h"
#include "shared_state/cells.h"
#include "snapshot/pin.h"
#include "snapshot/route_table.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mainstay::snapshot {

// Immutable. A pin on it holds everything a request needs.
class Site : public Pinnable {
public:
    // Routes in the order they are written in.
    Site(std::string name, config::SiteConfig config, std::vector<Route> routes,
         std::shared_ptr<shared_state::SiteCell> cell, std::uint32_t workers, std::uint16_t httpsPort = 443,
         engine::TlsClientTrust::Pointer clientTrust = nullptr,
         std::vector<std::shared_ptr<const logs::RequestLog>> logs = {},
         std::vector<config::FieldEdit> responseEdits = {});

    // See RouteTable.
    [[nodiscard]] const Route *find(const RouteQuery &query) const noexcept { return m_routes.find(query); }

    [[nodiscard]] const std::string &name() const noexcept { return m_name; }
    [[nodiscard]] const config::SiteConfig &config() const noexcept { return m_config; }
    [[nodiscard]] const std::vector<Route> &routes() const noexcept { return m_routes.routes(); }
    // Where it is reached by HTTPS.
    [[nodiscard]] std::uint16_t httpsPort() const noexcept { return m_httpsPort; }
    // Who signs clients' certificates; null where none are asked for, or their file was never right.
    [[nodiscard]] const engine::TlsClientTrust::Pointer &clientTrust() const noexcept { return m_clientTrust; }
    // Its own; those of the service where there are none.
    [[nodiscard]] const std::vector<std::shared_ptr<const logs::RequestLog>> &logs() const noexcept { return m_logs; }
    // For answers that come from no route.
    [[nodiscard]] const std::vector<config::FieldEdit> &responseEdits() const noexcept { return m_responseEdits; }
    [[nodiscard]] const std::shared_ptr<shared_state::SiteCell> &cell() const noexcept { return m_cell; }

private:
    std::string m_name;
    config::SiteConfig m_config;
    RouteTable m_routes;
    std::shared_ptr<shared_state::SiteCell> m_cell;
    std::uint16_t m_httpsPort;
    engine::TlsClientTrust::Pointer m_clientTrust;
    std::vector<std::shared_ptr<const logs::RequestLog>> m_logs;
    std::vector<config::FieldEdit> m_responseEdits;
};

} // namespace mainstay::snapshot
