// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/forwarding_fields.h"

#include <array>

namespace mainstay::http {

void writeForwarding(wire::HeadWriter &head, const Exchange &exchange)
{
    std::array<char, IpAddress::kMaxText> text;
    head.field("X-Forwarded-For", exchange.client.textInto(text));
    head.fieldLine(exchange.isSecure ? "X-Forwarded-Proto: https" : "X-Forwarded-Proto: http");
    if (!exchange.head.authority().empty())
        head.field("X-Forwarded-Host", exchange.head.authority());
}

void writeForwarded(wire::HeadWriter &head, const Exchange &exchange)
{
    const bool isV6 = exchange.client.family == IpAddress::Family::v6;
    std::array<char, IpAddress::kMaxText> text;
    head.append(isV6 ? "Forwarded: for=\"[" : "Forwarded: for=");
    head.append(exchange.client.textInto(text));
    head.append(isV6 ? "]\"" : "");
    if (!exchange.head.authority().empty()) { // which has neither quotes nor backslashes
        head.append(";host=\"");
        head.append(exchange.head.authority());
        head.append("\"");
    }
    head.fieldLine(exchange.isSecure ? ";proto=https" : ";proto=http");
}

} // namespace mainstay::http
