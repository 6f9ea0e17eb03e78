// SPDX-License-Identifier: GPL-3.0-or-later
// A site as workers see it: its routes and what they lead to.
#pragma once

#include "config/site.h"
#include "shared_state/cells.h"
#include "snapshot/backend.h"
#include "snapshot/pin.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mainstay::snapshot {

// Immutable. Leads to files when there is no backend.
struct Route {
    config::RouteConfig config;
    std::shared_ptr<const Backend> backend;
};

// Immutable. A pin on it holds everything a request needs.
class Site : public Pinnable {
public:
    // Routes in any order; sorts them by the length of their paths.
    Site(std::string name, config::SiteConfig config, std::vector<Route> routes,
         std::shared_ptr<shared_state::SiteCell> cell, std::uint32_t workers);

    // The route with the longest path that is a prefix of this one, which is normalised. A route's path "/app/" is
    // for everything below it, "/app" also for itself and "/app/…" but not for "/apple".
    [[nodiscard]] const Route *find(std::string_view path) const noexcept;

    [[nodiscard]] const std::string &name() const noexcept { return m_name; }
    [[nodiscard]] const config::SiteConfig &config() const noexcept { return m_config; }
    [[nodiscard]] const std::vector<Route> &routes() const noexcept { return m_routes; }
    [[nodiscard]] const std::shared_ptr<shared_state::SiteCell> &cell() const noexcept { return m_cell; }

private:
    std::string m_name;
    config::SiteConfig m_config;
    std::vector<Route> m_routes; // the longest path first
    std::shared_ptr<shared_state::SiteCell> m_cell;
};

} // namespace mainstay::snapshot
