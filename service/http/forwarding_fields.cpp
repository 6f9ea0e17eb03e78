// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/forwarding_fields.h"

#include "http/client_address.h"
#include "http/field_edits.h"

#include <array>

namespace mainstay::http {

namespace {

std::string_view hostAskedFor(const Exchange &exchange, const SaidTarget &said)
{
    return said.host.empty() ? exchange.head.authority() : said.host;
}

} // namespace

void writeForwarding(wire::HeadWriter &head, const Exchange &exchange)
{
    std::array<char, IpAddress::kMaxText> text;
    head.field("X-Forwarded-For", exchange.client.textInto(text));
    head.fieldLine(exchange.isSecure ? "X-Forwarded-Proto: https" : "X-Forwarded-Proto: http");
    const SaidTarget said = saidTarget(exchange);
    if (const std::string_view host = hostAskedFor(exchange, said); !host.empty())
        head.field("X-Forwarded-Host", host);
    if (!said.port.empty() && !isReplaced(exchange.route->config.requestHeaders, "X-Forwarded-Port"))
        head.field("X-Forwarded-Port", said.port);
}

void writeForwarded(wire::HeadWriter &head, const Exchange &exchange)
{
    const bool isV6 = exchange.client.family == IpAddress::Family::v6;
    std::array<char, IpAddress::kMaxText> text;
    head.append(isV6 ? "Forwarded: for=\"[" : "Forwarded: for=");
    head.append(exchange.client.textInto(text));
    head.append(isV6 ? "]\"" : "");
    if (const std::string_view host = hostAskedFor(exchange, saidTarget(exchange)); !host.empty()) {
        head.append(";host=\""); // in a host are neither quotes nor backslashes
        head.append(host);
        head.append("\"");
    }
    head.fieldLine(exchange.isSecure ? ";proto=https" : ";proto=http");
}

} // namespace mainstay::http
