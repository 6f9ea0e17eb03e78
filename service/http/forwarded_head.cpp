// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/forwarded_head.h"

#include "http/answers.h"
#include "http/connection.h"
#include "http/listener.h"
#include "http/path_encoding.h"
#include "http/server.h"
#include "wire/http1_writer.h"
#include "wire/http_chars.h"

#include <algorithm>
#include <array>

namespace mainstay::http {

namespace {

using wire::KnownField;

// Said by us and by nobody else: a client could make up its own.
bool isForwarding(KnownField field)
{
    switch (field) {
    case KnownField::forwarded:
    case KnownField::xForwardedFor:
    case KnownField::xForwardedHost:
    case KnownField::xForwardedPort:
    case KnownField::xForwardedProto:
    case KnownField::xRealIp:
        return true;
    default:
        return false;
    }
}

// Whether a path, whose escapes are known to be right, is the other one once they are decoded.
bool decodesTo(std::string_view path, std::string_view decoded)
{
    if (path == decoded)
        return true;
    for (const char c : decoded) {
        if (path.empty())
            return false;
        const bool escaped = path.front() == '%';
        const int byte = escaped ? wire::hexValue(path[1]) * 16 + wire::hexValue(path[2]) : path.front();
        if (static_cast<char>(byte) != c)
            return false;
        path.remove_prefix(escaped ? 3 : 1);
    }
    return path.empty();
}

// The path and query for the server: as they came, since "%3B" may mean something else there than ";". A path with dot
// segments or repeated slashes, which the server might resolve in another way than the routes here did, and one whose
// beginning is to be stripped, is sent as it was understood here.
void writeTarget(wire::HeadWriter &head, const Exchange &exchange)
{
    const wire::RequestHead &request = exchange.head;
    const config::RouteConfig &route = exchange.route->config;
    if (!route.stripPrefix && decodesTo(request.path(), exchange.path)) {
        head.append(request.pathAndQuery());
        return;
    }
    const std::string_view prefix = route.stripPrefix ? std::string_view(route.path.path) : "";
    const std::size_t stripped = prefix.ends_with('/') ? prefix.size() - 1 : prefix.size();
    const std::string_view path = std::string_view(exchange.path).substr(std::min(stripped, exchange.path.size()));
    if (path.empty())
        head.append("/");
    else
        head.append(request.path() == exchange.path ? path : std::string_view(percentEncoded(path)));
    if (!request.query().empty()) {
        head.append("?");
        head.append(request.query());
    }
}

// All that is for the client, but for the framing of a body and what is said of the connection.
void writeResponseFields(wire::HeadWriter &head, const wire::ResponseHead &response)
{
    // RFC 9110 section 8.6: these have no body, and may not speak of its length.
    const bool noLength = response.status() < 200 || response.status() == 204;
    for (std::size_t i = 0; i < response.fieldCount(); ++i) {
        if (!response.hopByHop(i) && !(noLength && response.id(i) == KnownField::contentLength))
            head.fieldLine(response.line(i));
    }
}

} // namespace

std::size_t writeRequestHead(Exchange &exchange, std::span<char> out)
{
    const wire::RequestHead &request = exchange.head;
    const Connection &connection = *exchange.connection;
    wire::HeadWriter head(out);
    head.append(request.methodText());
    head.append(" ");
    writeTarget(head, exchange);
    head.append(" HTTP/1.1\r\n");
    if (request.authority().empty())
        head.fieldLine("Host:");
    else
        head.field("Host", request.authority());
    for (std::size_t i = 0; i < request.fieldCount(); ++i) {
        const KnownField id = request.id(i);
        if (request.hopByHop(i) || id == KnownField::host || id == KnownField::expect || isForwarding(id))
            continue;
        head.fieldLine(request.line(i));
    }
    if (request.body().kind == wire::BodyFraming::Kind::chunked) {
        if (exchange.body.framing().kind == wire::BodyFraming::Kind::length)
            head.field("Content-Length", exchange.body.framing().length);
        else
            head.fieldLine("Transfer-Encoding: chunked");
    }
    std::array<char, IpAddress::kMaxText> text;
    head.field("X-Forwarded-For", connection.peer().textInto(text));
    head.fieldLine(connection.client().isEncrypted() ? "X-Forwarded-Proto: https" : "X-Forwarded-Proto: http");
    if (!request.authority().empty())
        head.field("X-Forwarded-Host", request.authority());
    head.end();
    return head.ok() ? head.size() : 0;
}

std::size_t writeInterimHead(const Exchange &exchange, std::span<char> out)
{
    const wire::ResponseHead &response = exchange.upstreamHead;
    wire::HeadWriter head(out);
    head.statusLine(response.status(), response.reason());
    writeResponseFields(head, response);
    head.end();
    return head.ok() ? head.size() : 0;
}

ResponseHeadWritten writeResponseHead(Exchange &exchange, std::span<char> out)
{
    const wire::ResponseHead &response = exchange.upstreamHead;
    wire::HeadWriter head(out);
    head.statusLine(response.status(), response.reason());
    writeResponseFields(head, response);
    Delivery delivery = Delivery::none;
    switch (response.body().kind) {
    case wire::BodyFraming::Kind::none:
        break;
    case wire::BodyFraming::Kind::length:
        delivery = Delivery::asIs;
        break;
    case wire::BodyFraming::Kind::chunked:
    case wire::BodyFraming::Kind::untilClose:
        delivery = exchange.head.minorVersion() == 0 ? Delivery::untilClose : Delivery::chunked;
        break;
    }
    if (!response.has(KnownField::date)) // RFC 9110 section 6.6.1
        head.fieldLine(exchange.connection->server().dateField());
    if (delivery == Delivery::chunked)
        head.fieldLine("Transfer-Encoding: chunked");
    writeConnection(head, exchange, delivery != Delivery::untilClose && exchange.keepAlive);
    head.end();
    return {head.ok() ? head.size() : 0, delivery};
}

} // namespace mainstay::http
