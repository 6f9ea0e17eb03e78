// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/own_answers.h"

#include "http/answers.h"
#include "http/path_encoding.h"
#include "http/route_text.h"
#include "wire/http_path.h"

namespace mainstay::http {

namespace {

constexpr std::string_view kPlainText = "text/plain; charset=utf-8";
constexpr unsigned kFound = 302;
constexpr unsigned kPermanent = 308; // the method stays
constexpr std::uint16_t kHttpsPort = 443;

} // namespace

engine::Task<> answerOwn(Exchange &exchange)
{
    const config::RouteConfig &route = exchange.route->config;
    if (!route.redirect.empty()) {
        const std::string location = "Location: " + routeText(exchange, route.redirect, Spelling::url);
        co_return co_await answerStatus(exchange, route.status == 0 ? kFound : route.status, location);
    }
    if (!route.respond.empty()) {
        const std::string text = routeText(exchange, route.respond, Spelling::url);
        co_return co_await answerContent(exchange, route.status == 0 ? 200 : route.status, kPlainText, text);
    }
    co_await answerStatus(exchange, route.status);
}

engine::Task<> redirectToHttps(Exchange &exchange)
{
    const wire::RequestHead &head = exchange.head;
    if (head.host().empty())
        co_return co_await answerStatus(exchange, 400);
    std::string location = "Location: https://" + std::string(head.host());
    if (const std::uint16_t port = exchange.site->httpsPort(); port != kHttpsPort)
        location += ':' + std::to_string(port);
    location += percentEncoded(exchange.path);
    if (!head.query().empty())
        location += '?' + std::string(head.query());
    co_await answerStatus(exchange, kPermanent, location);
}

bool rewrite(Exchange &exchange)
{
    const std::string_view text = exchange.route->config.rewrite;
    const std::size_t mark = text.find('?');
    const std::string query = mark == std::string_view::npos
                                  ? std::string(exchange.head.query())
                                  : routeText(exchange, text.substr(mark + 1), Spelling::url);
    const std::string path = percentEncoded(routeText(exchange, text.substr(0, mark), Spelling::plain));
    if (!path.starts_with('/'))
        return false;
    exchange.askedPath = exchange.path;
    exchange.path.resize(path.size());
    const auto normal = wire::normalizePath(path, exchange.path);
    if (!normal)
        return false;
    exchange.path.resize(normal->size());
    exchange.rewritten = percentEncoded(exchange.path);
    exchange.queryAt = exchange.rewritten.size();
    if (!query.empty())
        exchange.rewritten += '?' + query;
    return true;
}

} // namespace mainstay::http
