// SPDX-License-Identifier: GPL-3.0-or-later
// Finds a site's route for a request, in time that does not grow with their number.
#pragma once

#include "snapshot/route.h"
#include "snapshot/route_index.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mainstay::snapshot {

// Immutable.
class RouteTable {
public:
    // In the order they are written in.
    explicit RouteTable(std::vector<Route> routes);
    RouteTable(const RouteTable &) = delete;
    RouteTable &operator=(const RouteTable &) = delete;
    ~RouteTable();

    // Of the routes whose path is a prefix of this one those with the longest, where one that is for its path alone
    // comes first; of those for the same path the first whose conditions hold; if there is none, those with the next
    // shorter path. Null when none is left. A route's path "/app/" is for everything below it, "/app" also for itself
    // and "/app/…" but not for "/apple".
    [[nodiscard]] const Route *find(const RouteQuery &query) const noexcept;

    [[nodiscard]] const std::vector<Route> &routes() const noexcept { return m_routes; }

private:
    // Those for one path, in the order they are written in.
    struct Group {
        std::vector<const Route *> routes;
        std::unique_ptr<const RouteIndex> index; // of many; null for few
    };
    using Groups = std::unordered_map<std::string_view, Group>;

    static void add(Groups &groups, const Route &route);
    static const Route *findIn(const Groups &groups, std::string_view path, const RouteQuery &query) noexcept;

    std::vector<Route> m_routes;
    Groups m_exact;
    Groups m_prefixes;
    std::vector<std::size_t> m_lengths; // of the paths in m_prefixes, each once, the longest first
};

} // namespace mainstay::snapshot
