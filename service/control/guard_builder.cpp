// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/guard_builder.h"

#include <functional>

namespace mainstay::control {

namespace {

using config::Protection;

// The route's, with the site's in the place of what the route says nothing of. Rate limits are left to each.
Protection rulesOf(const config::SiteConfig &site, const config::RouteConfig &route)
{
    Protection rules = route;
    if (route.isPublic)
        return rules;
    if (!route.limitsAccess()) {
        rules.allow = site.allow;
        rules.deny = site.deny;
    }
    if (route.clientRequests == 0)
        rules.clientRequests = site.clientRequests;
    if (!route.shares()) {
        rules.corsOrigins = site.corsOrigins;
        rules.corsMethods = site.corsMethods;
        rules.corsHeaders = site.corsHeaders;
        rules.corsExpose = site.corsExpose;
        rules.corsCredentials = site.corsCredentials;
        rules.corsMaxAge = site.corsMaxAge;
    }
    if (!route.hasUsers()) {
        rules.users = site.users;
        rules.realm = site.realm;
        rules.loginAttempts = site.loginAttempts;
        rules.keepCredentials = site.keepCredentials;
    }
    if (!route.hasAuthority()) {
        rules.authBackend = site.authBackend;
        rules.authApp = site.authApp;
        rules.authPath = site.authPath;
        rules.authSends = site.authSends;
        rules.authCopies = site.authCopies;
        rules.authTimeout = site.authTimeout;
    }
    return rules;
}

// The same for the same settings, so that what has been counted still counts after a change of others.
std::uint64_t scopeOf(const std::string &text)
{
    return std::hash<std::string>()(text);
}

snapshot::CountedLimit counted(const config::RateLimit &limit, const std::string &owner)
{
    const auto interval = std::chrono::nanoseconds(limit.period) / limit.count;
    return {limit, {interval, interval * (limit.depth() - 1)}, scopeOf(owner + '\n' + limit.text())};
}

} // namespace

std::shared_ptr<const snapshot::UserTable> GuardBuilder::usersOf(const Protection &rules) const
{
    const auto found = m_prepared.users.find(rules.users.path);
    return found == m_prepared.users.end() ? nullptr : found->second;
}

std::shared_ptr<const snapshot::Guards> GuardBuilder::make(const std::string &siteName, const config::SiteConfig &site,
                                                           const config::RouteConfig &route) const
{
    if (!route.guards() && (route.isPublic || !site.guards()))
        return nullptr;
    auto guards = std::make_shared<snapshot::Guards>();
    guards->rules = rulesOf(site, route);
    const Protection &rules = guards->rules;
    const std::string ofSite = "site " + siteName;
    const std::string ofRoute = ofSite + '\n' + route.path.path + (route.exact ? "\nexact\n" : "\n") + route.pattern;
    if (!route.isPublic) {
        for (const config::RateLimit &limit : site.rateLimits)
            guards->limits.push_back(counted(limit, ofSite));
    }
    for (const config::RateLimit &limit : route.rateLimits)
        guards->limits.push_back(counted(limit, ofRoute));
    guards->requestScope = scopeOf("requests\n" + (route.clientRequests > 0 ? ofRoute : ofSite));
    // Wrong passwords count for the file they are guessed for, wherever that is.
    guards->logins = counted(rules.loginAttempts, "logins\n" + rules.users.path);
    guards->ipv6Prefix = m_ipv6Prefix;
    if (!guards->limits.empty() || rules.hasUsers())
        guards->rates = m_cells.rates();
    if (rules.clientRequests > 0)
        guards->clientCounts = m_cells.clientCounts();
    guards->users = usersOf(rules);
    guards->authority = m_authorityOf(rules);
    return guards;
}

bool GuardBuilder::isCurrent(const snapshot::Guards *guards) const
{
    return !guards || (guards->ipv6Prefix == m_ipv6Prefix && guards->users == usersOf(guards->rules) &&
                       guards->authority == m_authorityOf(guards->rules));
}

} // namespace mainstay::control
