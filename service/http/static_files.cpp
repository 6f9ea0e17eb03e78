// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/static_files.h"

#include "http/answers.h"
#include "http/connection.h"
#include "http/file_cache.h"
#include "http/hidden_names.h"
#include "http/listener.h"
#include "http/path_encoding.h"
#include "http/server.h"
#include "wire/http1_writer.h"
#include "wire/http_conditional.h"
#include "wire/http_range.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace mainstay::http {

namespace {

using wire::KnownField;

// Up to this, content is copied behind the head and both leave from one piece of memory.
constexpr std::size_t kCopied = std::size_t{16} * 1024;

// The path of the file: without the route's path where that is to be stripped, with the index for a folder.
std::string_view filePathOf(Exchange &exchange)
{
    const config::RouteConfig &route = exchange.route->config;
    if (exchange.path.ends_with('/') && !route.index.empty())
        exchange.path += route.index;
    std::string_view path = exchange.path;
    if (route.stripPrefix) {
        std::string_view prefix = route.path.path;
        if (prefix.ends_with('/'))
            prefix.remove_suffix(1);
        path.remove_prefix(prefix.size());
    }
    return path.empty() ? "/" : path;
}

wire::ByteRange rangeOf(const wire::RequestHead &head, const wire::Validators &validators, std::uint64_t size)
{
    const auto range = head.find(KnownField::range);
    if (!range || head.method() != wire::Method::get)
        return {};
    const auto condition = head.find(KnownField::ifRange);
    if (condition && !wire::rangeApplies(*condition, validators, Server::wallSeconds()))
        return {};
    return wire::resolveRange(*range, size);
}

void writeContentRange(wire::HeadWriter &head, const wire::ByteRange &range, std::uint64_t size)
{
    std::array<char, 72> text;
    char *at = text.data();
    const auto put = [&at, &text](std::uint64_t value) {
        at = std::to_chars(at, text.data() + text.size(), value).ptr;
    };
    put(range.offset);
    *at++ = '-';
    put(range.offset + range.length - 1);
    *at++ = '/';
    put(size);
    head.append("Content-Range: bytes ");
    head.append({text.data(), static_cast<std::size_t>(at - text.data())});
    head.append("\r\n");
}

engine::Task<> sendFile(Exchange &exchange, const CachedFile &file)
{
    Connection &connection = *exchange.connection;
    Server &server = connection.server();
    const wire::RequestHead &request = exchange.head;
    const wire::Validators validators{file.etag, file.modified};
    wire::Precondition precondition = wire::Precondition::proceed;
    if (request.has(KnownField::ifNoneMatch) || request.has(KnownField::ifModifiedSince) ||
        request.has(KnownField::ifMatch) || request.has(KnownField::ifUnmodifiedSince)) {
        precondition =
            wire::evaluate({request.find(KnownField::ifMatch), request.find(KnownField::ifUnmodifiedSince),
                            request.find(KnownField::ifNoneMatch), request.find(KnownField::ifModifiedSince)},
                           validators, true, Server::wallSeconds());
    }
    if (precondition == wire::Precondition::failed)
        co_return co_await answerStatus(exchange, 412);
    const bool modified = precondition == wire::Precondition::proceed;
    const wire::ByteRange range = modified ? rangeOf(request, validators, file.size()) : wire::ByteRange{};
    if (range.kind == wire::ByteRange::Kind::unsatisfiable) {
        const std::string extent = "Content-Range: bytes */" + std::to_string(file.size());
        co_return co_await answerStatus(exchange, 416, extent);
    }
    const bool isPart = range.kind == wire::ByteRange::Kind::part;
    const std::uint64_t offset = isPart ? range.offset : 0;
    const std::uint64_t length = isPart ? range.length : file.size();

    engine::Buffer out(server.buffers());
    wire::HeadWriter head(out.room());
    exchange.status = !modified ? 304 : isPart ? 206 : 200;
    head.statusLine(exchange.status);
    head.fieldLine(server.dateField());
    head.append(file.fields);
    if (isPart) {
        writeContentRange(head, range, file.size());
        head.field("Content-Length", length);
    } else if (modified) {
        head.append(file.lengthField);
    }
    writeConnection(head, exchange, exchange.body.ended());
    head.end();
    out.append(head.size());

    std::string_view content;
    engine::FileRange rest;
    if (modified && request.method() == wire::Method::get) {
        exchange.bytesOut = length;
        if (!file.inMemory())
            rest = {file.file.handle(), offset, length};
        else if (length <= kCopied)
            out.append(std::string_view(file.content).substr(offset, length));
        else
            content = std::string_view(file.content).substr(offset, length);
    }
    const engine::Pieces pieces{{out.view(), content}};
    const engine::IoResult sent =
        co_await connection.client().send(pieces, rest, connection.listener().config().writeTimeout);
    exchange.bytesOut = sent.bytes - std::min(sent.bytes, head.size());
    if (!sent.ok())
        exchange.keepAlive = false;
}

} // namespace

engine::Task<> answerFile(Exchange &exchange)
{
    const wire::Method method = exchange.head.method();
    if (method != wire::Method::get && method != wire::Method::head)
        co_return co_await answerStatus(exchange, 405, "Allow: GET, HEAD");
    exchange.body.consumeIfWhole();
    const std::string_view path = filePathOf(exchange);
    if (isHidden(path))
        co_return co_await answerStatus(exchange, 404);
    const FileCache::Found found = exchange.connection->server().files().find(exchange.route->config.root.path, path);
    switch (found.status) {
    case OpenStatus::file:
        co_return co_await sendFile(exchange, *found.file);
    case OpenStatus::missing:
        co_return co_await answerStatus(exchange, 404);
    case OpenStatus::forbidden:
        co_return co_await answerStatus(exchange, 403);
    case OpenStatus::failed:
        co_return co_await answerStatus(exchange, 500);
    case OpenStatus::folder:
        break;
    }
    if (exchange.path.ends_with('/'))
        co_return co_await answerStatus(exchange, 403); // no index, and folders are not listed
    // From the normalised path: what the client sent could begin with "//" and lead to another host.
    std::string location = "Location: " + percentEncoded(exchange.path) + '/';
    if (!exchange.head.query().empty())
        location += '?' + std::string(exchange.head.query());
    co_return co_await answerStatus(exchange, 301, location);
}

} // namespace mainstay::http
