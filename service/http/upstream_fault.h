// SPDX-License-Identifier: GPL-3.0-or-later
// What was wrong with a server, as logs tell it.
#pragma once

#include <cstdint>
#include <string_view>

namespace mainstay::http {

enum class UpstreamFault : std::uint8_t {
    none,
    unreachable, // no connection, or no server to make one to
    busy,        // works on as many requests as it may, and there was no other one
    untrusted,   // what it showed over TLS is not trusted, or it does not speak as it should
    closed,      // ended the connection before its answer began, in order
    reset,       // the same by a reset
    timedOut,    // did not begin to answer in time
    malformed,   // said what is not of its protocol, or too large a head
    cut,         // ended the connection in the midst of its answer
    stalled,     // fell silent in the midst of its answer
    excess,      // said more than its answer: that was whole, and the connection was given up
};

// In one word; empty for none.
[[nodiscard]] std::string_view faultName(UpstreamFault fault) noexcept;

} // namespace mainstay::http
