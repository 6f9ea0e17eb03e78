// SPDX-License-Identifier: GPL-3.0-or-later
// Makes the next version of a zone, node by node.
#pragma once

#include "snapshot/zone.h"

#include <cstddef>
#include <memory>

namespace mainstay::zones {

// Any one thread. Keeps what every zone holds to: an empty non-terminal stands wherever names below need one, counts
// are right, each record has a slot.
class ZoneEditor {
public:
    // From nothing.
    explicit ZoneEditor(wire::NameView apex) : m_apex(apex) {}
    explicit ZoneEditor(const snapshot::Zone &base)
        : m_apex(base.name()), m_names(base.names()), m_counts(base.counts())
    {}

    [[nodiscard]] wire::NameView apex() const noexcept { return m_apex; }
    [[nodiscard]] const snapshot::NameTrie<snapshot::ZoneNode> &names() const noexcept { return m_names; }
    [[nodiscard]] const snapshot::ZoneNode *find(wire::NameView name) const noexcept
    {
        return m_names.find(snapshot::NameKey(name));
    }

    // Adds or replaces. The node has records and is at or below the apex.
    void put(snapshot::Ref<snapshot::ZoneNode> node);
    // Takes the records away. The name stays, empty, while names below need it.
    void remove(wire::NameView name);

    // The apex must be there with one SOA.
    [[nodiscard]] std::shared_ptr<const snapshot::Zone> finish();

private:
    [[nodiscard]] bool hasBelow(const snapshot::NameKey &key) const noexcept;
    void needParentOf(wire::NameView name);
    void dropUnneeded(wire::NameView name);

    wire::Name m_apex;
    snapshot::NameTrie<snapshot::ZoneNode> m_names;
    snapshot::Zone::Counts m_counts;
    wire::Name m_lastParent; // known to be there; the root means none
};

} // namespace mainstay::zones
