// SPDX-License-Identifier: GPL-3.0-or-later
// What proxies say of the client, read from the end, where the nearest of them has written.
#pragma once

#include "base/endpoint.h"

#include <optional>
#include <string_view>

namespace mainstay::wire {

// One element of a Forwarded field (RFC 7239 section 4).
struct ForwardedElement {
    std::optional<IpAddress> client; // nothing where it is unknown, hidden or malformed
    std::string_view protocol;       // as it is written, without quotes; empty where nothing is said
    std::string_view host;           // likewise
};

// Each takes the last element off the end of a list that is not empty.

// Of X-Forwarded-For. Nothing where the element is no address, behind which there may be a port.
[[nodiscard]] std::optional<IpAddress> takeLastForwardedFor(std::string_view &list) noexcept;
// A malformed element, with which all before it goes, has no client.
[[nodiscard]] ForwardedElement takeLastForwarded(std::string_view &list) noexcept;

} // namespace mainstay::wire
