// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/static_files.h"

#include "http/answers.h"
#include "http/connection.h"
#include "http/file_answer.h"
#include "http/folder_listing.h"
#include "http/hidden_names.h"
#include "http/path_encoding.h"
#include "http/server.h"

namespace mainstay::http {

namespace {

// Below the route's folder: without the route's path where that is to be stripped.
std::string_view localPath(const Exchange &exchange)
{
    const config::RouteConfig &route = exchange.route->config;
    std::string_view path = exchange.path;
    if (route.stripPrefix) {
        std::string_view prefix = route.path.path;
        if (prefix.ends_with('/'))
            prefix.remove_suffix(1);
        path.remove_prefix(prefix.size());
    }
    return path.empty() ? "/" : path;
}

// To the folder's own path. From the normalised one: what the client sent could begin with "//" and lead to another
// host.
engine::Task<> redirectToFolder(Exchange &exchange)
{
    std::string location = "Location: " + percentEncoded(exchange.path) + '/';
    if (!exchange.query().empty())
        location += '?' + std::string(exchange.query());
    co_await answerStatus(exchange, 301, location);
}

} // namespace

engine::Task<> answerFile(Exchange &exchange)
{
    const wire::Method method = exchange.head.method();
    if (method != wire::Method::get && method != wire::Method::head)
        co_return co_await answerStatus(exchange, 405, "Allow: GET, HEAD");
    exchange.body.consumeIfWhole();
    const config::RouteConfig &route = exchange.route->config;
    const bool isFolder = exchange.path.ends_with('/');
    const std::size_t folderSize = localPath(exchange).size();
    if (isFolder)
        exchange.path += route.index;
    const std::string_view path = localPath(exchange);
    if (isHidden(path))
        co_return co_await answerStatus(exchange, 404);
    const auto accepted = exchange.head.find(wire::KnownField::acceptEncoding).value_or("");
    FileChoice choice = chooseFile(exchange.connection->server().files(), route, path, accepted);
    if (choice.status == OpenStatus::file)
        co_return co_await sendFile(exchange, std::move(choice));
    const bool hasNoIndex = choice.status == OpenStatus::missing || choice.status == OpenStatus::folder;
    if (isFolder && hasNoIndex && route.listing)
        co_return co_await answerListing(exchange, path.substr(0, folderSize));
    if (choice.status == OpenStatus::folder && !isFolder)
        co_return co_await redirectToFolder(exchange);
    co_await answerStatus(exchange, statusFor(choice.status));
}

} // namespace mainstay::http
