// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/script_params.h"

#include "http/cache_call.h"
#include "http/connection.h"
#include "http/field_edits.h"
#include "http/forwarding_fields.h"
#include "http/route_text.h"
#include "http/withheld_fields.h"
#include "wire/fastcgi.h"
#include "wire/http_chars.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace mainstay::http {

namespace {

using wire::KnownField;

bool isPlainName(std::string_view name)
{
    return std::all_of(name.begin(), name.end(), [](char c) {
        const char lower = wire::toLower(c);
        return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

bool goesAlong(const wire::RequestHead &head, std::size_t i)
{
    const KnownField id = head.id(i);
    switch (id) {
    case KnownField::contentLength: // these have variables of their own
    case KnownField::contentType:
    case KnownField::host: // said from what it was understood as
    case KnownField::expect:
        return false;
    default:
        break;
    }
    return !head.hopByHop(i) && !isForwarding(id) && isPlainName(head.name(i)) &&
           !wire::equalsIgnoringCase(head.name(i), "Proxy");
}

bool sameName(const wire::RequestHead &head, std::size_t i, std::size_t other)
{
    return head.id(i) == head.id(other) &&
           (head.id(i) != KnownField::other || wire::equalsIgnoringCase(head.name(i), head.name(other)));
}

// The variable of a field, whose value of so many bytes is to follow.
void beginField(wire::FastcgiWriter &out, std::string_view field, std::size_t valueSize)
{
    constexpr std::string_view kPrefix = "HTTP_";
    std::array<char, 256> name; // a field's has 255 bytes at the most
    field = field.substr(0, name.size() - 1);
    std::transform(field.begin(), field.end(), name.begin(), [](char c) {
        if (c == '-')
            return '_';
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
    });
    out.beginParam(kPrefix.size() + field.size(), valueSize);
    out.append(kPrefix);
    out.append({name.data(), field.size()});
}

// Fields of one name are one variable (RFC 3875 section 4.1.18), put together as RFC 9110 section 5.3 and, for cookies,
// RFC 9113 section 8.2.3 say. Nothing unless the field is the first of its name.
void writeField(wire::FastcgiWriter &out, const wire::RequestHead &head, std::size_t i)
{
    for (std::size_t before = 0; before < i; ++before) {
        if (sameName(head, i, before))
            return;
    }
    const std::string_view between = head.id(i) == KnownField::cookie ? "; " : ", ";
    std::size_t size = head.value(i).size();
    for (std::size_t next = i + 1; next < head.fieldCount(); ++next)
        size += sameName(head, i, next) ? between.size() + head.value(next).size() : 0;

    beginField(out, head.name(i), size);
    out.append(head.value(i));
    for (std::size_t next = i + 1; next < head.fieldCount(); ++next) {
        if (!sameName(head, i, next))
            continue;
        out.append(between);
        out.append(head.value(next));
    }
}

// What the guards of the route have to say.
void writeAdmission(wire::FastcgiWriter &out, const Exchange &exchange)
{
    if (!exchange.admission)
        return;
    const auto field = [&out](std::string_view name, std::string_view value) {
        beginField(out, name, value.size());
        out.append(value);
    };
    if (!exchange.admission->requestId.empty())
        field("X-Request-ID", exchange.admission->requestId);
    for (std::string_view lines = exchange.admission->grantedFields; !lines.empty();) {
        const std::string_view line = lines.substr(0, lines.find("\r\n"));
        lines.remove_prefix(line.size() + 2);
        const std::size_t colon = line.find(':');
        field(line.substr(0, colon), wire::trimBlanks(line.substr(colon + 1)));
    }
}

void writeFields(wire::FastcgiWriter &out, const Exchange &exchange)
{
    const wire::RequestHead &head = exchange.head;
    const FieldEdits edits(exchange.route->config.requestHeaders);
    if (!head.authority().empty() && !isReplaced(edits, "Host"))
        out.param("HTTP_HOST", head.authority());
    for (std::size_t i = 0; i < head.fieldCount(); ++i) {
        if (goesAlong(head, i) && !isReplaced(edits, head.name(i)) && !isWithheld(exchange, head.name(i)))
            writeField(out, head, i);
    }
    writeAdmission(out, exchange);
    if (exchange.caching) {
        exchange.caching->writeConditions([&out](std::string_view name, std::string_view value) {
            beginField(out, name, value.size());
            out.append(value);
        });
    }
    for (const config::FieldEdit &edit : edits) {
        if (edit.action == config::FieldEdit::Action::remove)
            continue;
        const std::string value = routeText(exchange, edit.value, Spelling::url);
        beginField(out, edit.name, value.size());
        out.append(value);
    }
}

void writeNumber(wire::FastcgiWriter &out, std::string_view name, std::uint64_t number)
{
    std::array<char, 20> digits;
    const char *end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.param(name, {digits.data(), static_cast<std::size_t>(end - digits.data())});
}

void writeBody(wire::FastcgiWriter &out, const Exchange &exchange)
{
    if (const auto type = exchange.head.find(KnownField::contentType))
        out.param("CONTENT_TYPE", *type);
    if (exchange.body.framing().kind == wire::BodyFraming::Kind::length)
        writeNumber(out, "CONTENT_LENGTH", exchange.body.framing().length);
}

void writeEnds(wire::FastcgiWriter &out, const Exchange &exchange)
{
    Connection &connection = *exchange.connection;
    const Endpoint &service = connection.service();
    std::array<char, IpAddress::kMaxText> text;
    out.param("SERVER_ADDR", service.address.textInto(text));
    writeNumber(out, "SERVER_PORT", service.port);
    out.param("REMOTE_ADDR", exchange.client.textInto(text));
    // Of a client that a proxy speaks for in a field, the port is not known.
    if (const Endpoint &peer = connection.ends().client; exchange.client == peer.address)
        writeNumber(out, "REMOTE_PORT", peer.port);
}

void writeServer(wire::FastcgiWriter &out, const Exchange &exchange)
{
    const wire::RequestHead &head = exchange.head;
    const bool encrypted = exchange.isSecure;
    out.param("GATEWAY_INTERFACE", "CGI/1.1");
    out.param("SERVER_SOFTWARE", "Mainstay");
    out.param("SERVER_PROTOCOL", head.minorVersion() == 0 ? "HTTP/1.0" : "HTTP/1.1");
    out.param("SERVER_NAME", head.host().empty() ? "localhost" : head.host());
    out.param("REQUEST_SCHEME", encrypted ? "https" : "http");
    if (encrypted)
        out.param("HTTPS", "on");
    writeEnds(out, exchange);
    if (exchange.admission && !exchange.admission->user.empty()) {
        out.param("AUTH_TYPE", "Basic");
        out.param("REMOTE_USER", exchange.admission->user);
    }
}

void writeScript(wire::FastcgiWriter &out, const Exchange &exchange, const ScriptPath &script)
{
    const wire::RequestHead &head = exchange.head;
    std::string_view root = exchange.route->config.root.path;
    if (root.ends_with('/'))
        root.remove_suffix(1);
    const auto below = [&out, root](std::string_view name, std::string_view path) {
        out.beginParam(name.size(), root.size() + path.size());
        out.append(name);
        out.append(root);
        out.append(path);
    };
    const std::string_view slash = head.path().empty() ? "/" : "";
    constexpr std::string_view kUri = "REQUEST_URI";
    out.beginParam(kUri.size(), slash.size() + head.pathAndQuery().size());
    out.append(kUri);
    out.append(slash);
    out.append(head.pathAndQuery());
    out.param("REQUEST_METHOD", head.methodText());
    out.param("QUERY_STRING", exchange.query());
    out.param("SCRIPT_NAME", script.name);
    constexpr std::string_view kDocumentUri = "DOCUMENT_URI";
    out.beginParam(kDocumentUri.size(), script.name.size() + script.pathInfo.size());
    out.append(kDocumentUri);
    out.append(script.name);
    out.append(script.pathInfo);
    below("SCRIPT_FILENAME", script.file);
    below("DOCUMENT_ROOT", "");
    if (!script.pathInfo.empty()) {
        out.param("PATH_INFO", script.pathInfo);
        below("PATH_TRANSLATED", script.pathInfo);
    }
    out.param("REDIRECT_STATUS", "200"); // without which a PHP that is built for CGI too refuses
}

} // namespace

std::size_t writeScriptRequest(const Exchange &exchange, const ScriptPath &script, std::span<char> out)
{
    wire::FastcgiWriter writer(out);
    writeServer(writer, exchange);
    writeScript(writer, exchange, script);
    writeBody(writer, exchange);
    writeFields(writer, exchange);
    writer.endParams();
    return writer.ok() ? writer.size() : 0;
}

} // namespace mainstay::http
