// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/forwarded_head.h"

#include "http/answers.h"
#include "http/cache_call.h"
#include "http/connection.h"
#include "http/field_edits.h"
#include "http/forwarding_fields.h"
#include "http/listener.h"
#include "http/path_encoding.h"
#include "http/server.h"
#include "http/trailers.h"
#include "http/withheld_fields.h"
#include "wire/http1_writer.h"
#include "wire/http_chars.h"

#include <algorithm>
#include <array>

namespace mainstay::http {

namespace {

using wire::KnownField;

// Of a head that is taken apart once more, for HTTP/2: the request line, fields, and an empty one.
constexpr std::ptrdiff_t kMostLines = wire::Http1Head::kMaxFields + 2;

bool hasTooManyLines(const wire::HeadWriter &head, std::span<const char> out)
{
    const std::span<const char> written = out.first(head.size());
    return std::count(written.begin(), written.end(), '\n') > kMostLines;
}

// 0 when it does not fit.
std::size_t sizeOf(const wire::HeadWriter &head)
{
    return head.ok() ? head.size() : 0;
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

// What is behind the first `count` characters, an escape being one.
std::string_view behind(std::string_view path, std::size_t count)
{
    for (; count > 0 && !path.empty(); --count)
        path.remove_prefix(path.front() == '%' ? 3 : 1);
    return path;
}

// The path and query for the server: as they came, since "%3B" may mean something else there than ";", but for a
// beginning that is to be stripped. A path with dot segments or repeated slashes, which the server might resolve in
// another way than the routes here did, is sent as it was understood here.
void writeTarget(wire::HeadWriter &head, const Exchange &exchange)
{
    const wire::RequestHead &request = exchange.head;
    const config::RouteConfig &route = exchange.route->config;
    if (!exchange.rewritten.empty())
        return head.append(exchange.rewritten);
    const bool asItCame = decodesTo(request.path(), exchange.path);
    if (!route.stripPrefix && asItCame) {
        head.append(request.pathAndQuery());
        return;
    }
    const std::string_view prefix = route.stripPrefix ? std::string_view(route.path.path) : "";
    const std::size_t stripped = prefix.ends_with('/') ? prefix.size() - 1 : prefix.size();
    if (asItCame) {
        const std::string_view path = behind(request.path(), stripped);
        head.append("/");
        head.append(behind(path, 1)); // its slash may be an encoded one
    } else {
        const std::string_view path = std::string_view(exchange.path).substr(std::min(stripped, exchange.path.size()));
        head.append(path.empty() ? "/" : percentEncoded(path));
    }
    if (!request.query().empty()) {
        head.append("?");
        head.append(request.query());
    }
}

// Names that programs tell from others by their underscores alone, as CGI and its heirs write "X-Forwarded-For" and
// "X_Forwarded_For" both HTTP_X_FORWARDED_FOR: nobody is to say so what we say, or what frames the message.
bool isAlias(std::string_view name)
{
    constexpr std::size_t kLongest = 32; // more than any name we know
    if (name.size() > kLongest || name.find('_') == std::string_view::npos)
        return false;
    std::array<char, kLongest> dashed;
    std::replace_copy(name.begin(), name.end(), dashed.begin(), '_', '-');
    const KnownField field = wire::knownField({dashed.data(), name.size()});
    return isForwarding(field) || wire::isHopByHop(field) || field == KnownField::contentLength ||
           field == KnownField::host;
}

// Of an answer whose content is put into a coding: true for a field that says otherwise then, and has been written so
// or left out. A tag is of content that is the same byte for byte (RFC 9110 section 8.8.1).
bool writeCodedField(wire::HeadWriter &head, const wire::ResponseHead &response, std::size_t i)
{
    const KnownField id = response.id(i);
    if (id == KnownField::etag && !response.value(i).starts_with("W/"))
        head.field("ETag", "W/" + std::string(response.value(i)));
    return id == KnownField::contentLength || id == KnownField::acceptRanges ||
           (id == KnownField::etag && !response.value(i).starts_with("W/"));
}

// All that is for the client, but for the framing of a body and what is said of the connection.
void writeResponseFields(wire::HeadWriter &head, const Exchange &exchange, wire::Coding coding)
{
    const wire::ResponseHead &response = exchange.upstreamHead;
    const AnswerFields fields(exchange);
    // RFC 9110 section 8.6: these have no body, and may not speak of its length.
    const bool noLength = response.status() < 200 || response.status() == 204;
    const bool isCached = exchange.caching && response.status() >= 200;
    for (std::size_t i = 0; i < response.fieldCount(); ++i) {
        if (!response.hopByHop(i) && !(noLength && response.id(i) == KnownField::contentLength) &&
            !fields.replaces(response.name(i)) &&
            !(isCached && wire::equalsIgnoringCase(response.name(i), "X-Cache")) &&
            (coding == wire::Coding::identity || !writeCodedField(head, response, i)))
            head.fieldLine(response.line(i));
    }
    if (isCached)
        exchange.caching->writeFields(head);
    fields.write(head);
}

// To another version of HTTP, over which requests would pass that nobody here has looked at.
bool offersHttp2(const wire::RequestHead &request) noexcept
{
    for (std::size_t i = 0; i < request.fieldCount(); ++i) {
        const std::string_view value = request.value(i);
        constexpr std::string_view kName = "h2c";
        const auto found = std::search(value.begin(), value.end(), kName.begin(), kName.end(),
                                       [](char a, char b) { return wire::toLower(a) == b; });
        if (request.id(i) == KnownField::upgrade && found != value.end())
            return true;
    }
    return false;
}

void writeUpgrade(wire::HeadWriter &head, const wire::Http1Head &message)
{
    head.fieldLine("Connection: Upgrade");
    head.field("Upgrade", message.find(KnownField::upgrade).value_or(""));
}

} // namespace

bool asksForUpgrade(const Exchange &exchange) noexcept
{
    const wire::RequestHead &request = exchange.head;
    return request.hasUpgrade() && request.minorVersion() > 0 && !request.body().hasBody() &&
           exchange.connection->carrier() == Carrier::connection && !offersHttp2(request) &&
           (!exchange.route->backend || !config::isHttp2(exchange.route->backend->config.protocol));
}

void writeAskedUri(wire::HeadWriter &head, std::string_view name, const Exchange &exchange)
{
    const wire::RequestHead &request = exchange.head;
    const std::string &path = exchange.rewritten.empty() ? exchange.path : exchange.askedPath;
    if (decodesTo(request.path(), path))
        return head.field(name, request.pathAndQuery());
    head.field(name, percentEncoded(path) + (request.query().empty() ? "" : "?" + std::string(request.query())));
}

std::size_t writeRequestHead(Exchange &exchange, const snapshot::Server &server, std::span<char> out)
{
    const wire::RequestHead &request = exchange.head;
    wire::HeadWriter head(out);
    head.append(request.methodText());
    head.append(" ");
    writeTarget(head, exchange);
    head.append(" HTTP/1.1\r\n");
    const FieldEdits edits(exchange.route->config.requestHeaders);
    const bool keepsHost = !isReplaced(edits, "Host");
    if (keepsHost && request.authority().empty() && server.speaksHttp2) // which knows no empty one
        head.field("Host", server.config.address.authority());
    else if (keepsHost && request.authority().empty())
        head.fieldLine("Host:");
    else if (keepsHost)
        head.field("Host", request.authority());
    for (std::size_t i = 0; i < request.fieldCount(); ++i) {
        const KnownField id = request.id(i);
        if (request.hopByHop(i) || id == KnownField::host || id == KnownField::expect || isForwarding(id))
            continue;
        if (id == KnownField::other &&
            (isAlias(request.name(i)) || wire::equalsIgnoringCase(request.name(i), wire::kTokenField)))
            continue;
        if (isShadowing(edits, request.name(i)) || isWithheld(exchange, request.name(i)))
            continue;
        head.fieldLine(request.line(i));
    }
    if (request.body().kind == wire::BodyFraming::Kind::chunked) {
        if (exchange.body.framing().kind == wire::BodyFraming::Kind::length)
            head.field("Content-Length", exchange.body.framing().length);
        else
            head.fieldLine("Transfer-Encoding: chunked");
    }
    if (exchange.body.awaitsInvitation())
        head.fieldLine("Expect: 100-continue");
    if (asksForUpgrade(exchange)) {
        writeUpgrade(head, request);
    } else if (asksForTrailers(exchange)) {
        head.fieldLine("Connection: TE");
        head.fieldLine("TE: trailers");
    }
    writeForwarding(head, exchange);
    if (exchange.route->config.forwarded)
        writeForwarded(head, exchange);
    writeAdmission(head, exchange);
    if (exchange.caching)
        exchange.caching->writeConditions([&head](auto name, auto value) { head.field(name, value); });
    writeEdits(head, edits, exchange);
    if (!server.token.empty())
        head.field(wire::kTokenField, server.token);
    head.end();
    return server.speaksHttp2 && hasTooManyLines(head, out) ? 0 : sizeOf(head);
}

std::size_t writeInterimHead(const Exchange &exchange, std::span<char> out)
{
    const wire::ResponseHead &response = exchange.upstreamHead;
    wire::HeadWriter head(out);
    head.statusLine(response.status(), response.reason());
    writeResponseFields(head, exchange, wire::Coding::identity);
    if (response.status() == 101)
        writeUpgrade(head, response);
    head.end();
    return head.ok() ? head.size() : 0;
}

ResponseHeadWritten writeResponseHead(Exchange &exchange, std::span<char> out, wire::Coding coding)
{
    const wire::ResponseHead &response = exchange.upstreamHead;
    wire::HeadWriter head(out);
    head.statusLine(response.status(), response.reason());
    writeResponseFields(head, exchange, coding);
    Delivery delivery = Delivery::none;
    if (coding != wire::Coding::identity)
        head.field("Content-Encoding", wire::codingName(coding));
    if (exchange.route->config.compress)
        head.fieldLine("Vary: Accept-Encoding");
    switch (response.body().kind) {
    case wire::BodyFraming::Kind::none:
        break;
    case wire::BodyFraming::Kind::length:
        if (coding == wire::Coding::identity) {
            delivery = Delivery::asIs;
            break;
        }
        [[fallthrough]];
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
    const bool isForHttp2 = exchange.connection->carrier() == Carrier::stream;
    return {isForHttp2 && hasTooManyLines(head, out) ? 0 : sizeOf(head), delivery};
}

} // namespace mainstay::http
