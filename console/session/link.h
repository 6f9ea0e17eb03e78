// SPDX-License-Identifier: GPL-3.0-or-later
// How the console stands to the service.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <cstdint>
#include <optional>

namespace mainstay::session {

enum class LinkState : std::uint8_t {
    connecting, // no answer yet, and no reason to worry
    live,       // answers
    stalled,    // is connected and does not answer
    away,       // nobody listens, or the connection was lost; tried again
    refused,    // answers, and lets this user look at nothing
};

// Immutable.
struct Link {
    LinkState state = LinkState::connecting;
    Error why;                        // empty while connecting or live
    std::optional<WallTime> lastSeen; // when the service answered last

    friend bool operator==(const Link &, const Link &) = default;
};

} // namespace mainstay::session
