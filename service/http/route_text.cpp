// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/route_text.h"

#include "engine/tls_session.h"
#include "http/connection.h"
#include "http/path_encoding.h"

#include <algorithm>
#include <array>
#include <optional>

namespace mainstay::http {

namespace {

constexpr int kGroups = 9;

std::string spelt(std::string_view path, Spelling spelling)
{
    return spelling == Spelling::url ? percentEncoded(path) : std::string(path);
}

const std::string &askedPath(const Exchange &exchange)
{
    return exchange.rewritten.empty() ? exchange.path : exchange.askedPath;
}

std::string groupOf(const Exchange &exchange, int number)
{
    if (!exchange.route)
        return {};
    const std::string &path = askedPath(exchange);
    const auto &pattern = exchange.route->pattern;
    std::array<re2::StringPiece, kGroups + 1> groups;
    if (!pattern || number > pattern->NumberOfCapturingGroups() ||
        !pattern->Match({path.data(), path.size()}, 0, path.size(), re2::RE2::UNANCHORED, groups.data(), number + 1))
        return {};
    const re2::StringPiece group = groups[static_cast<std::size_t>(number)];
    return {group.data(), group.size()};
}

std::optional<std::string> ofClientCertificate(const engine::TlsSession *tls, std::string_view name)
{
    if (name == "client_subject")
        return tls ? tls->clientSubject() : std::string();
    if (name == "client_serial")
        return tls ? tls->clientSerial() : std::string();
    if (name == "client_fingerprint")
        return tls ? tls->clientFingerprint() : std::string();
    return std::nullopt;
}

std::optional<std::string> valueOf(const Exchange &exchange, std::string_view name, Spelling spelling)
{
    const wire::RequestHead &head = exchange.head;
    if (name == "scheme")
        return exchange.isSecure ? "https" : "http";
    if (name == "host")
        return std::string(head.host());
    if (name == "path")
        return spelt(askedPath(exchange), spelling);
    if (name == "query")
        return std::string(head.query());
    if (name == "uri")
        return spelt(askedPath(exchange), spelling) + (head.query().empty() ? "" : '?' + std::string(head.query()));
    if (name == "client")
        return exchange.client.text();
    if (name.starts_with("client_"))
        return ofClientCertificate(exchange.connection->client().tls(), name);
    if (name == "user")
        return exchange.admission ? percentEncoded(exchange.admission->user) : "";
    if (name == "request_id")
        return exchange.admission ? exchange.admission->requestId : "";
    if (name.size() == 1 && name[0] >= '1' && name[0] <= '0' + kGroups)
        return spelt(groupOf(exchange, name[0] - '0'), spelling);
    return std::nullopt;
}

} // namespace

std::string routeText(const Exchange &exchange, std::string_view text, Spelling spelling)
{
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t open = std::min(text.find('{', at), text.size());
        out += text.substr(at, open - at);
        at = open;
        const std::size_t close = text.find('}', open);
        if (close == std::string_view::npos) {
            out += text.substr(at);
            break;
        }
        if (const auto value = valueOf(exchange, text.substr(open + 1, close - open - 1), spelling)) {
            out += *value;
            at = close + 1;
        } else {
            out += '{';
            at = open + 1;
        }
    }
    return out;
}

} // namespace mainstay::http
