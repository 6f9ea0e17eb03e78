// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/cors.h"

#include "http/answers.h"
#include "wire/http_chars.h"

#include <algorithm>

namespace mainstay::http {

namespace {

constexpr std::string_view kRequestMethod = "Access-Control-Request-Method";
constexpr std::string_view kRequestHeaders = "Access-Control-Request-Headers";

bool isAnyOrigin(const config::Protection &rules)
{
    return !rules.corsCredentials &&
           std::find(rules.corsOrigins.begin(), rules.corsOrigins.end(), "*") != rules.corsOrigins.end();
}

// The origin of the page, if it may read the answer; else empty.
std::string_view sharedOrigin(const Exchange &exchange)
{
    const std::string_view origin = exchange.head.find(wire::KnownField::origin).value_or("");
    const auto &allowed = exchange.route->guards->rules.corsOrigins;
    const bool isAllowed = std::any_of(allowed.begin(), allowed.end(),
                                       [origin](const std::string &one) { return matchesOrigin(one, origin); });
    return isAllowed ? origin : std::string_view{};
}

void addList(std::string &fields, std::string_view name, const std::vector<std::string> &values)
{
    if (values.empty())
        return;
    fields += name;
    fields += ": ";
    for (std::size_t i = 0; i < values.size(); ++i)
        fields += (i == 0 ? "" : ", ") + values[i];
    fields += "\r\n";
}

// What the browser asked for, as far as it is made of names.
std::string askedHeaders(const Exchange &exchange)
{
    std::string names;
    for (std::string_view list = exchange.head.find(kRequestHeaders).value_or(""); !list.empty();) {
        const std::string_view name = wire::takeListElement(list);
        if (wire::isToken(name))
            names += (names.empty() ? "" : ", ") + std::string(name);
    }
    return names;
}

} // namespace

bool matchesOrigin(std::string_view pattern, std::string_view origin) noexcept
{
    if (origin.empty())
        return false;
    const std::size_t star = pattern.find('*');
    if (pattern == "*" || star == std::string_view::npos)
        return pattern == "*" || pattern == origin;
    const std::string_view before = pattern.substr(0, star);
    const std::string_view after = pattern.substr(star + 1);
    if (origin.size() <= before.size() + after.size() || !origin.starts_with(before) || !origin.ends_with(after))
        return false;
    const std::string_view between = origin.substr(before.size(), origin.size() - before.size() - after.size());
    return std::all_of(between.begin(), between.end(), [](char c) { return wire::isOneOf(c, wire::kRegNameChar); });
}

void share(Exchange &exchange)
{
    const config::Protection &rules = exchange.route->guards->rules;
    if (!rules.shares())
        return;
    Admission &admission = exchange.admitting();
    admission.sharesAnswers = true;
    std::string &fields = admission.answerFields;
    const std::string_view origin = sharedOrigin(exchange);
    if (isAnyOrigin(rules))
        fields += "Access-Control-Allow-Origin: *\r\n";
    else
        fields += "Vary: Origin\r\n";
    if (origin.empty())
        return;
    if (!isAnyOrigin(rules))
        fields += "Access-Control-Allow-Origin: " + std::string(origin) + "\r\n";
    if (rules.corsCredentials)
        fields += "Access-Control-Allow-Credentials: true\r\n";
    addList(fields, "Access-Control-Expose-Headers", rules.corsExpose);
}

bool isPreflight(const Exchange &exchange)
{
    const wire::RequestHead &head = exchange.head;
    return exchange.route->guards->rules.shares() && head.methodText() == "OPTIONS" &&
           head.has(wire::KnownField::origin) && head.find(kRequestMethod).has_value();
}

engine::Task<> answerPreflight(Exchange &exchange)
{
    const config::Protection &rules = exchange.route->guards->rules;
    if (sharedOrigin(exchange).empty())
        co_return co_await answerStatus(exchange, 403);
    std::string &fields = exchange.admitting().answerFields;
    if (rules.corsMethods.empty())
        fields += "Access-Control-Allow-Methods: GET, HEAD, POST\r\n";
    addList(fields, "Access-Control-Allow-Methods", rules.corsMethods);
    const bool takesAll = std::find(rules.corsHeaders.begin(), rules.corsHeaders.end(), "*") != rules.corsHeaders.end();
    if (takesAll)
        addList(fields, "Access-Control-Allow-Headers", {askedHeaders(exchange)});
    else
        addList(fields, "Access-Control-Allow-Headers", rules.corsHeaders);
    const auto seconds = std::chrono::duration_cast<Seconds>(Milliseconds(rules.corsMaxAge)).count();
    fields += "Access-Control-Max-Age: " + std::to_string(seconds) + "\r\n";
    co_await answerStatus(exchange, 204);
}

} // namespace mainstay::http
