// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapshot/route_table.h"

#include <algorithm>
#include <functional>

namespace mainstay::snapshot {

namespace {

// From so many on it pays not to look at each.
constexpr std::size_t kMany = 8;

bool matches(const Route &route, std::string_view path)
{
    return !route.pattern || re2::RE2::PartialMatch(re2::StringPiece(path.data(), path.size()), *route.pattern);
}

} // namespace

RouteTable::RouteTable(std::vector<Route> routes) : m_routes(std::move(routes))
{
    for (const Route &route : m_routes) {
        add(route.config.exact ? m_exact : m_prefixes, route);
        if (!route.config.exact)
            m_lengths.push_back(route.config.path.path.size());
    }
    std::sort(m_lengths.begin(), m_lengths.end(), std::greater<>());
    m_lengths.erase(std::unique(m_lengths.begin(), m_lengths.end()), m_lengths.end());
    for (Groups *groups : {&m_exact, &m_prefixes}) {
        for (auto &[path, group] : *groups) {
            if (group.routes.size() >= kMany)
                group.index = std::make_unique<const RouteIndex>(group.routes);
        }
    }
}

RouteTable::~RouteTable() = default;

void RouteTable::add(Groups &groups, const Route &route)
{
    groups[route.config.path.path].routes.push_back(&route);
}

const Route *RouteTable::find(const RouteQuery &query) const noexcept
{
    const std::string_view path = query.path;
    if (!m_exact.empty()) {
        if (const Route *route = findIn(m_exact, path, query))
            return route;
    }
    for (const std::size_t length : m_lengths) {
        if (length == 0 || length > path.size())
            continue;
        if (path[length - 1] != '/' && length < path.size() && path[length] != '/')
            continue;
        if (const Route *route = findIn(m_prefixes, path.substr(0, length), query))
            return route;
    }
    return nullptr;
}

const Route *RouteTable::findIn(const Groups &groups, std::string_view path, const RouteQuery &query) noexcept
{
    const auto place = groups.find(path);
    if (place == groups.end())
        return nullptr;
    const Group &group = place->second;
    const auto isFor = [&query](const Route *route) { return route->admits(query) && matches(*route, query.path); };
    if (group.index) {
        for (const std::size_t i : group.index->find(query)) {
            if (isFor(group.routes[i]))
                return group.routes[i];
        }
        return nullptr;
    }
    const auto found = std::find_if(group.routes.begin(), group.routes.end(), isFor);
    return found == group.routes.end() ? nullptr : *found;
}

} // namespace mainstay::snapshot
