// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/upstream_fault.h"

namespace mainstay::http {

std::string_view faultName(UpstreamFault fault) noexcept
{
    switch (fault) {
    case UpstreamFault::none:
        break;
    case UpstreamFault::unreachable:
        return "unreachable";
    case UpstreamFault::busy:
        return "busy";
    case UpstreamFault::untrusted:
        return "untrusted";
    case UpstreamFault::closed:
        return "closed";
    case UpstreamFault::reset:
        return "reset";
    case UpstreamFault::timedOut:
        return "timeout";
    case UpstreamFault::malformed:
        return "malformed";
    case UpstreamFault::cut:
        return "cut";
    case UpstreamFault::stalled:
        return "stalled";
    case UpstreamFault::excess:
        return "excess";
    }
    return {};
}

} // namespace mainstay::http
