// SPDX-License-Identifier: GPL-3.0-or-later
// The fields by which a proxy tells of the client.
#pragma once

#include "wire/http_field.h"

namespace mainstay::http {

// Said by us and by nobody else: a client could make up its own.
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

} // namespace mainstay::http
