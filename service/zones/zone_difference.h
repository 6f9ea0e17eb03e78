// SPDX-License-Identifier: GPL-3.0-or-later
// Compares records with a zone while they are read, so that at the end only the difference is left to do.
#pragma once

#include "snapshot/zone.h"
#include "zones/node_draft.h"
#include "zones/zone_record.h"

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

namespace mainstay::zones {

// Any one thread. For each record of the base a bit says whether it was read again; other records wait by their owner.
// In which order the records come, and how often, makes no difference.
class ZoneDifference {
public:
    // `base` must outlive this.
    explicit ZoneDifference(const snapshot::Zone &base);

    void take(const ZoneRecord &record);

    // Called for each name whose records are others now: the draft holds what it has from now on, perhaps nothing.
    using OnChange = std::function<void(wire::NameView name, SourceLine at, NodeDraft &draft)>;
    void finish(const OnChange &onChange);

private:
    using Entry = snapshot::NameTrie<snapshot::ZoneNode>::Entry;

    // A name of the base as the tag beside it tells.
    struct Slots {
        std::uint64_t first;
        std::uint64_t count;

        explicit Slots(std::uint64_t tag) noexcept
            : first(tag >> snapshot::Zone::kSlotShift), count(tag & ((1u << snapshot::Zone::kSlotShift) - 1))
        {}
    };
    // What a name has that the base has not.
    struct Added {
        Entry base;
        SourceLine at;
        bool takesName = false; // the owner's letters are others than in the base
        NodeDraft records;
    };

    [[nodiscard]] bool isSeen(std::uint64_t slot) const noexcept { return (m_seen[slot / 64] >> slot % 64 & 1) != 0; }
    void see(std::uint64_t slot) noexcept;
    [[nodiscard]] bool isAnySeen(Slots slots) const noexcept;
    void turnTo(const ZoneRecord &record);
    Added &added(const ZoneRecord &record);
    void addSeen(const Entry &entry, NodeDraft &draft) const;

    const snapshot::Zone &m_base;
    std::vector<std::uint64_t> m_seen;
    std::uint64_t m_unseenCount;
    std::unordered_map<wire::Name, Added, wire::NameHash> m_added;
    wire::Name m_owner; // of the last record
    bool m_hasOwner = false;
    Entry m_current; // what the base has for it
};

} // namespace mainstay::zones
