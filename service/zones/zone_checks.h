// SPDX-License-Identifier: GPL-3.0-or-later
// What a zone must hold to beside the form of its records.
#pragma once

#include "snapshot/name_trie.h"
#include "snapshot/zone_node.h"
#include "zones/zone_problems.h"

#include <vector>

namespace mainstay::zones {

// Any one thread. Remembers the few nodes that need a look once the zone is complete.
class ZoneChecks {
public:
    // `amongOlder`: the zone has nodes that were checked before and are not noted.
    explicit ZoneChecks(bool amongOlder) : m_amongOlder(amongOlder) {}

    // To be called for each node that was added or changed, with where its last record stands.
    void note(const snapshot::Ref<snapshot::ZoneNode> &node, SourceLine at);
    // Looks at what was noted and is still in the zone, and at the apex.
    void run(wire::NameView apex, const snapshot::NameTrie<snapshot::ZoneNode> &names, ZoneProblems &problems) const;

private:
    struct Noted {
        snapshot::Ref<snapshot::ZoneNode> node;
        SourceLine at;
    };

    bool m_amongOlder;
    std::vector<Noted> m_noted;
};

} // namespace mainstay::zones
