// SPDX-License-Identifier: GPL-3.0-or-later
// The fields by which a proxy tells of the client.
#pragma once

#include "http/exchange.h"
#include "wire/http1_writer.h"
#include "wire/http_field.h"

namespace mainstay::http {

// Said by us and by nobody else: a client could make up its own. What a trusted proxy says goes in there.
[[nodiscard]] constexpr bool isForwarding(wire::KnownField field) noexcept
{
    switch (field) {
    case wire::KnownField::forwarded:
    case wire::KnownField::xForwardedFor:
    case wire::KnownField::xForwardedHost:
    case wire::KnownField::xForwardedPort:
    case wire::KnownField::xForwardedProto:
    case wire::KnownField::xRealIp:
        return true;
    default:
        return false;
    }
}

// Worker thread.
// X-Forwarded-For, which has the client and nobody else, X-Forwarded-Proto and X-Forwarded-Host; X-Forwarded-Port only
// where a trusted proxy says it, and the route puts no other one in its place.
void writeForwarding(wire::HeadWriter &head, const Exchange &exchange);
// The same in one field (RFC 7239).
void writeForwarded(wire::HeadWriter &head, const Exchange &exchange);

} // namespace mainstay::http
