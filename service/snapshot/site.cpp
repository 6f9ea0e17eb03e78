// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapshot/site.h"

#include <algorithm>

namespace mainstay::snapshot {

Site::Site(std::string name, config::SiteConfig config, std::vector<Route> routes,
           std::shared_ptr<shared_state::SiteCell> cell, std::uint32_t workers)
    : Pinnable(workers), m_name(std::move(name)), m_config(std::move(config)), m_routes(std::move(routes)),
      m_cell(std::move(cell))
{
    std::stable_sort(m_routes.begin(), m_routes.end(), [](const Route &left, const Route &right) {
        return left.config.path.path.size() > right.config.path.path.size();
    });
}

const Route *Site::find(std::string_view path) const noexcept
{
    for (const Route &route : m_routes) {
        const std::string_view prefix = route.config.path.path;
        if (path.starts_with(prefix) &&
            (prefix.ends_with('/') || path.size() == prefix.size() || path[prefix.size()] == '/'))
            return &route;
    }
    return nullptr;
}

} // namespace mainstay::snapshot
