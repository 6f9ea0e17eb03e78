// SPDX-License-Identifier: GPL-3.0-or-later
// Puts together what guards a route, of what the route and its site say.
#pragma once

#include "config/configuration.h"
#include "control/cell_registry.h"
#include "control/preparation.h"
#include "snapshot/guards.h"

#include <functional>
#include <memory>
#include <string>

namespace mainstay::control {

// Control thread. For one build; all it is given outlives it.
class GuardBuilder {
public:
    // Null for a name that nothing has.
    using BackendOf = std::function<std::shared_ptr<const snapshot::Backend>(const config::Protection &rules)>;

    GuardBuilder(CellRegistry &cells, const config::Configuration &configuration, const Prepared &prepared,
                 BackendOf authorityOf)
        : m_cells(cells), m_ipv6Prefix(configuration.service.ipv6Prefix), m_prepared(prepared),
          m_authorityOf(std::move(authorityOf))
    {}

    // Null when nothing does.
    [[nodiscard]] std::shared_ptr<const snapshot::Guards>
    make(const std::string &siteName, const config::SiteConfig &site, const config::RouteConfig &route) const;
    // Whether make() would still say the same for the same settings.
    [[nodiscard]] bool isCurrent(const snapshot::Guards *guards) const;

private:
    [[nodiscard]] std::shared_ptr<const snapshot::UserTable> usersOf(const config::Protection &rules) const;

    CellRegistry &m_cells;
    const unsigned m_ipv6Prefix;
    const Prepared &m_prepared;
    const BackendOf m_authorityOf;
};

} // namespace mainstay::control
