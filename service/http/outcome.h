// SPDX-License-Identifier: GPL-3.0-or-later
// What came of asking a server.
#pragma once

#include "http/upstream_fault.h"

#include <cstdint>

namespace mainstay::http {

enum class Outcome : std::uint8_t {
    answered,    // well or badly: the client has its answer, or is gone
    cut,         // the client has the beginning of an answer that the server broke off
    unreachable, // no connection, or no room for the request there: it was not looked at
    busy,        // no server had room for one more: none was asked
    untrusted,   // no TLS could be agreed upon, or the server is not the one it should be: it was not asked
    noResponse,  // sent, and nothing usable came back
    timedOut,    // sent, and nothing came back in time
    badResponse, // what came back is not what the server should speak, or too large
    clientGone,
    bodyFailed, // the client's body is at fault
};

// What that says of the server.
[[nodiscard]] UpstreamFault faultOf(Outcome outcome) noexcept;
// Whether the server is to blame.
[[nodiscard]] bool isServerError(Outcome outcome) noexcept;
// Whether the server has seen nothing of the request: asking another one costs nobody anything.
[[nodiscard]] constexpr bool isUnasked(Outcome outcome) noexcept
{
    return outcome == Outcome::unreachable || outcome == Outcome::busy || outcome == Outcome::untrusted;
}

} // namespace mainstay::http
