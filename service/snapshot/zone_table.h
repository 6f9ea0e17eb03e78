// SPDX-License-Identifier: GPL-3.0-or-later
// Which zone answers for a name.
#pragma once

#include "snapshot/name_trie.h"
#include "snapshot/zone.h"

#include <memory>

namespace mainstay::shared_state {
struct ZoneCell;
}

namespace mainstay::snapshot {

// Immutable. A zone's place in the table, with what is counted of it. Without its data, names below are ours all the
// same and are answered with SERVFAIL.
class ZoneEntry final : public Counted<ZoneEntry> {
public:
    ZoneEntry(wire::NameView apex, std::shared_ptr<const Zone> zone, std::shared_ptr<shared_state::ZoneCell> cell)
        : m_apex(apex), m_zone(std::move(zone)), m_cell(std::move(cell))
    {}
    static void destroy(const ZoneEntry *entry) noexcept { delete entry; }

    [[nodiscard]] wire::NameView name() const noexcept { return m_apex; }
    // Null when there is no data.
    [[nodiscard]] const std::shared_ptr<const Zone> &zone() const noexcept { return m_zone; }
    // Null where nothing is counted.
    [[nodiscard]] shared_state::ZoneCell *cell() const noexcept { return m_cell.get(); }

private:
    friend class Counted<ZoneEntry>;
    ~ZoneEntry() = default;

    wire::Name m_apex;
    std::shared_ptr<const Zone> m_zone;
    std::shared_ptr<shared_state::ZoneCell> m_cell;
};

// Immutable; a copy is a version of its own and costs a pointer. An edit costs one path, whatever the number of zones.
class ZoneTable {
public:
    using Path = NamePath<ZoneEntry>;

    [[nodiscard]] bool isEmpty() const noexcept { return m_zones.isEmpty(); }
    // The zone with exactly this apex; null when there is none, or none of its data.
    [[nodiscard]] std::shared_ptr<const Zone> find(wire::NameView apex) const noexcept
    {
        const ZoneEntry *entry = m_zones.find(NameKey(apex));
        return entry ? entry->zone() : nullptr;
    }
    // The zones at and above a name; the last is the one that answers.
    void descend(const NameKey &name, Path &path) const noexcept { m_zones.descend(name, path); }
    // In canonical order, those with data: visit(const Zone &).
    template <class Visit>
    void forEach(Visit &&visit) const
    {
        m_zones.forEach([&](const ZoneEntry &entry, std::uint64_t) {
            if (entry.zone())
                visit(*entry.zone());
        });
    }

    // This version with one zone added, or replaced by apex.
    [[nodiscard]] ZoneTable with(std::shared_ptr<const Zone> zone,
                                 std::shared_ptr<shared_state::ZoneCell> cell = {}) const
    {
        const wire::Name apex(zone->name());
        return with(apex, std::move(zone), std::move(cell));
    }
    // Likewise, of a zone whose data could not be had.
    [[nodiscard]] ZoneTable withoutData(wire::NameView apex, std::shared_ptr<shared_state::ZoneCell> cell = {}) const
    {
        return with(apex, nullptr, std::move(cell));
    }
    [[nodiscard]] ZoneTable without(wire::NameView apex) const
    {
        ZoneTable next = *this;
        next.m_zones.erase(NameKey(apex));
        return next;
    }

private:
    [[nodiscard]] ZoneTable with(wire::NameView apex, std::shared_ptr<const Zone> zone,
                                 std::shared_ptr<shared_state::ZoneCell> cell) const
    {
        ZoneTable next = *this;
        const auto entry = Ref<ZoneEntry>::adopt(new ZoneEntry(apex, std::move(zone), std::move(cell)));
        next.m_zones.put(NameKey(entry->name()), entry);
        return next;
    }

    NameTrie<ZoneEntry> m_zones;
};

} // namespace mainstay::snapshot
