// SPDX-License-Identifier: GPL-3.0-or-later
// A route as workers see it, and the requests it is for.
#pragma once

#include "base/endpoint.h"
#include "cache/rules.h"
#include "config/route.h"
#include "snapshot/backend.h"
#include "snapshot/guards.h"
#include "wire/http1_request.h"

#include <re2/re2.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mainstay::cache {
class Cache;
}

namespace mainstay::snapshot {

// What a route is found by. Belongs to the caller.
struct RouteQuery {
    std::string_view path; // decoded and normalised
    const wire::RequestHead &head;
    const IpAddress &client;
};

// Immutable. Leads to files when there is no backend and the service does not answer by itself.
struct Route {
    config::RouteConfig config;
    std::shared_ptr<const Backend> backend;
    std::shared_ptr<const re2::RE2> pattern;      // null for none
    std::vector<config::FieldEdit> responseEdits; // the site's, then its own
    std::shared_ptr<const Backend> mirror{};      // gets copies of its requests; null for none
    std::shared_ptr<const Guards> guards{};       // null when every request goes straight to its action
    std::shared_ptr<cache::Cache> cache{};        // that keeps answers of the backend; null for none
    cache::Rules cacheRules{};
    std::string cacheTag{}; // tells apart routes that ask servers for different things at the same URL

    // Whether all its conditions hold but for path and pattern.
    [[nodiscard]] bool admits(const RouteQuery &query) const noexcept;
};

// As every pattern is read.
[[nodiscard]] re2::RE2::Options patternOptions();
// Null when it is no regular expression, and `why` says so.
[[nodiscard]] std::shared_ptr<const re2::RE2> compilePattern(const std::string &pattern, std::string *why = nullptr);

} // namespace mainstay::snapshot
