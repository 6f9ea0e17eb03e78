// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapshot/route.h"

#include "wire/http_chars.h"

#include <algorithm>

namespace mainstay::snapshot {

namespace {

using config::NamedMatch;

// Of one pattern, or of all of a path together.
constexpr std::int64_t kMostMemory = std::int64_t{8} << 20;
constexpr std::uint32_t kWhole = 100; // percent

bool holds(const config::FieldMatch &match, const wire::RequestHead &head) noexcept
{
    bool isPresent = false;
    for (std::size_t i = 0; i < head.fieldCount(); ++i) {
        if (!wire::equalsIgnoringCase(head.name(i), match.name))
            continue;
        if (match.kind == NamedMatch::Kind::equal && head.value(i) == match.value)
            return true;
        isPresent = true;
    }
    return match.kind == NamedMatch::Kind::equal ? false : isPresent == (match.kind == NamedMatch::Kind::present);
}

bool holds(const config::QueryMatch &match, std::string_view query) noexcept
{
    bool isPresent = false;
    while (!query.empty()) {
        const std::string_view part = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(part.size() + 1, query.size()));
        const std::size_t equals = part.find('=');
        if (part.substr(0, equals) != match.name)
            continue;
        const std::string_view value = equals == std::string_view::npos ? "" : part.substr(equals + 1);
        if (match.kind == NamedMatch::Kind::equal && value == match.value)
            return true;
        isPresent = true;
    }
    return match.kind == NamedMatch::Kind::equal ? false : isPresent == (match.kind == NamedMatch::Kind::present);
}

bool hasMethod(const std::vector<std::string> &methods, const wire::RequestHead &head) noexcept
{
    const std::string_view method = head.method() == wire::Method::head ? "GET" : head.methodText();
    return std::any_of(methods.begin(), methods.end(),
                       [&](const std::string &one) { return one == method || one == head.methodText(); });
}

// Where the client stands with this route, from 0 to 99: FNV-1a, the same on each worker and after each start. Of what
// the route leads to, too, or else two routes would want the same clients.
std::uint32_t standing(const IpAddress &client, const config::RouteConfig &route) noexcept
{
    std::uint32_t hash = 2166136261U;
    const auto add = [&hash](std::uint8_t byte) { hash = (hash ^ byte) * 16777619U; };
    for (const std::string *target :
         {&route.backend.name, &route.app.name, &route.root.path, &route.respond, &route.redirect, &route.rewrite}) {
        for (const char c : *target)
            add(static_cast<std::uint8_t>(c));
    }
    for (const std::uint8_t byte : client.bytes)
        add(byte);
    return (hash ^ (hash >> 15)) % kWhole;
}

} // namespace

bool Route::admits(const RouteQuery &query) const noexcept
{
    if (!config.hasConditions())
        return true;
    if (!config.methods.empty() && !hasMethod(config.methods, query.head))
        return false;
    if (!std::all_of(config.headers.begin(), config.headers.end(),
                     [&](const config::FieldMatch &match) { return holds(match, query.head); }))
        return false;
    if (!std::all_of(config.query.begin(), config.query.end(),
                     [&](const config::QueryMatch &match) { return holds(match, query.head.query()); }))
        return false;
    if (!config.clients.empty() && !std::any_of(config.clients.begin(), config.clients.end(),
                                                [&](const Network &one) { return one.contains(query.client); }))
        return false;
    return config.share >= kWhole || standing(query.client, config) < config.share;
}

re2::RE2::Options patternOptions()
{
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_dot_nl(true); // a decoded path may hold the end of a line
    options.set_max_mem(kMostMemory);
    return options;
}

std::shared_ptr<const re2::RE2> compilePattern(const std::string &pattern, std::string *why)
{
    auto compiled = std::make_shared<const re2::RE2>(pattern, patternOptions());
    if (compiled->ok())
        return compiled;
    if (why)
        *why = compiled->error();
    return nullptr;
}

} // namespace mainstay::snapshot
