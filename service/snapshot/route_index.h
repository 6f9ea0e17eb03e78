// SPDX-License-Identifier: GPL-3.0-or-later
// Of many routes for one path, those that may be for a request, found without a look at each.
#pragma once

#include "snapshot/route.h"

#include <re2/set.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mainstay::snapshot {

// Immutable. All patterns are looked for at once. A route that wants a field or a part of the query to be just so is
// found by that. Only the others are looked at for every request.
class RouteIndex {
public:
    explicit RouteIndex(std::span<const Route *const> routes);

    // Places in `routes`, in order. No route elsewhere is for this request.
    [[nodiscard]] std::vector<std::size_t> find(const RouteQuery &query) const;

private:
    void addMatching(std::string_view path, std::vector<std::size_t> &places) const;

    re2::RE2::Set m_patterns;
    std::vector<std::size_t> m_withPattern; // places, by the pattern's number
    bool m_hasPatterns = false;             // to be looked for
    std::unordered_map<std::string, std::vector<std::size_t>> m_byField;
    std::unordered_map<std::string, std::vector<std::size_t>> m_byQuery;
    std::vector<std::size_t> m_others;
};

} // namespace mainstay::snapshot
