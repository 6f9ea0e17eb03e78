// SPDX-License-Identifier: GPL-3.0-or-later
// What a zone must hold to beside the form of its records.
#pragma once

#include "snapshot/name_trie.h"
#include "snapshot/zone_node.h"
#include "zones/zone_problems.h"

#include <utility>
#include <vector>

namespace mainstay::zones {

// Any one thread. Remembers the few nodes that need a look once the zone is complete.
class ZoneChecks {
public:
    // `amongOlder`: the zone has nodes that were checked before and are not noted, but for `again`, delegations that
    // lacked the addresses of their name servers then.
    ZoneChecks(bool amongOlder, std::vector<wire::Name> again) : m_amongOlder(amongOlder), m_again(std::move(again)) {}

    // To be called for each node that was added or changed, with where its last record stands.
    void note(const snapshot::Ref<snapshot::ZoneNode> &node, SourceLine at);
    // To be called for each name that is added, changed or removed: a delegation above it may want its addresses.
    void touch(wire::NameView name, const snapshot::NameTrie<snapshot::ZoneNode> &names);
    // Looks at what was noted and is still in the zone, and at the apex. The delegations that lack addresses.
    [[nodiscard]] std::vector<wire::Name> run(wire::NameView apex, const snapshot::NameTrie<snapshot::ZoneNode> &names,
                                              ZoneProblems &problems) const;

private:
    struct Noted {
        snapshot::Ref<snapshot::ZoneNode> node;
        SourceLine at;
    };

    bool m_amongOlder;
    std::vector<Noted> m_noted;
    std::vector<wire::Name> m_again; // delegations
};

} // namespace mainstay::zones
