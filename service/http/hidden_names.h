// SPDX-License-Identifier: GPL-3.0-or-later
// Names below a root that are not for clients.
#pragma once

#include <string_view>

namespace mainstay::http {

// Whether a segment of the path begins with a dot, but for /.well-known/ (RFC 8615).
[[nodiscard]] inline bool isHidden(std::string_view path)
{
    constexpr std::string_view kWellKnown = "/.well-known/";
    if (path.starts_with(kWellKnown))
        path.remove_prefix(kWellKnown.size() - 1);
    return path.find("/.") != std::string_view::npos;
}

} // namespace mainstay::http
