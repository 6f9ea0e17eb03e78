// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/outcome.h"

namespace mainstay::http {

UpstreamFault faultOf(Outcome outcome) noexcept
{
    switch (outcome) {
    case Outcome::answered:
    case Outcome::clientGone:
    case Outcome::bodyFailed:
        break;
    case Outcome::cut:
        return UpstreamFault::cut;
    case Outcome::unreachable:
        return UpstreamFault::unreachable;
    case Outcome::busy:
        return UpstreamFault::busy;
    case Outcome::untrusted:
        return UpstreamFault::untrusted;
    case Outcome::noResponse:
        return UpstreamFault::closed;
    case Outcome::timedOut:
        return UpstreamFault::timedOut;
    case Outcome::badResponse:
        return UpstreamFault::malformed;
    }
    return UpstreamFault::none;
}

bool isServerError(Outcome outcome) noexcept
{
    return faultOf(outcome) != UpstreamFault::none;
}

} // namespace mainstay::http
