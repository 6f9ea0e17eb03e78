// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapshot/route_table.h"

#include <re2/set.h>

#include <algorithm>
#include <functional>

namespace mainstay::snapshot {

// Which of a group's routes have a pattern that matches.
class RouteTable::Patterns {
public:
    explicit Patterns(const std::vector<const Route *> &routes) : m_set(patternOptions(), re2::RE2::UNANCHORED)
    {
        for (std::size_t i = 0; i < routes.size(); ++i) {
            if (routes[i]->pattern && m_set.Add(routes[i]->config.pattern, nullptr) >= 0)
                m_places.push_back(i);
        }
        m_isUsable = m_set.Compile();
    }

    // By their places in the group, in order. False when it took too much memory to find out.
    bool find(std::string_view path, std::vector<std::size_t> &places) const
    {
        if (!m_isUsable)
            return false;
        std::vector<int> matched;
        re2::RE2::Set::ErrorInfo error{};
        if (!m_set.Match({path.data(), path.size()}, &matched, &error) && error.kind != re2::RE2::Set::kNoError)
            return false;
        for (const int one : matched)
            places.push_back(m_places[static_cast<std::size_t>(one)]);
        std::sort(places.begin(), places.end());
        return true;
    }

private:
    re2::RE2::Set m_set;
    std::vector<std::size_t> m_places;
    bool m_isUsable = false;
};

namespace {

// From so many on it pays to look for all at once.
constexpr std::size_t kManyPatterns = 8;

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
            const auto withPattern = std::count_if(group.routes.begin(), group.routes.end(),
                                                   [](const Route *route) { return route->pattern != nullptr; });
            if (static_cast<std::size_t>(withPattern) >= kManyPatterns)
                group.patterns = std::make_unique<const Patterns>(group.routes);
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
    std::vector<std::size_t> matched;
    const bool isKnown = group.patterns && group.patterns->find(query.path, matched);
    auto next = matched.begin();
    for (std::size_t i = 0; i < group.routes.size(); ++i) {
        const Route &route = *group.routes[i];
        if (route.pattern && isKnown) {
            if (next == matched.end() || *next != i)
                continue;
            ++next;
        }
        if (route.admits(query) && (isKnown || matches(route, query.path)))
            return &route;
    }
    return nullptr;
}

} // namespace mainstay::snapshot
