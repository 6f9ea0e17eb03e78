// SPDX-License-Identifier: GPL-3.0-or-later
// Which site answers for a host.
#pragma once

#include "snapshot/persistent_map.h"
#include "snapshot/site.h"

#include <array>
#include <memory>
#include <string_view>

namespace mainstay::snapshot {

// Immutable; editing gives a version that shares the rest. Keys are the patterns of the configuration:
// "www.example.org",
// "*.example.org", "*".
class HostMap {
public:
    using SitePointer = std::shared_ptr<const Site>;

    // The host itself, then the nearest "*.parent", then "*"; null when none is there. `host` in any case and without
    // a port; a final dot does not count.
    [[nodiscard]] const Site *find(std::string_view host) const noexcept;

    [[nodiscard]] HostMap with(std::string_view pattern, SitePointer site) const;
    [[nodiscard]] HostMap without(std::string_view pattern) const;

private:
    PersistentMap<SitePointer> m_patterns; // all but "*"
    SitePointer m_default;
};

} // namespace mainstay::snapshot
