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

// Immutable. A zone's place in the table, with what is counted of it.
class ZoneEntry final : public Counted<ZoneEntry> {
public:
    ZoneEntry(std::shared_ptr<const Zone> zone, std::shared_ptr<shared_state::ZoneCell> cell) noexcept
        : m_zone(std::move(zone)), m_cell(std::move(cell))
    {}
    static void destroy(const ZoneEntry *entry) noexcept { delete entry; }

    [[nodiscard]] wire::NameView name() const noexcept { return m_zone->name(); }
    [[nodiscard]] const std::shared_ptr<const Zone> &zone() const noexcept { return m_zone; }
    // Null where nothing is counted.
    [[nodiscard]] shared_state::ZoneCell *cell() const noexcept { return m_cell.get(); }

private:
    friend class Counted<ZoneEntry>;
    ~ZoneEntry() = default;

    std::shared_ptr<const Zone> m_zone;
    std::shared_ptr<shared_state::ZoneCell> m_cell;
};

// Immutable; a copy is a version of its own and costs a pointer. An edit costs one path, whatever the number of zones.
class ZoneTable {
public:
    using Path = NamePath<ZoneEntry>;

    [[nodiscard]] bool isEmpty() const noexcept { return m_zones.isEmpty(); }
    // The zone with exactly this apex, or null.
    [[nodiscard]] std::shared_ptr<const Zone> find(wire::NameView apex) const noexcept
    {
        const ZoneEntry *entry = m_zones.find(NameKey(apex));
        return entry ? entry->zone() : nullptr;
    }
    // The zones at and above a name; the last is the one that answers.
    void descend(const NameKey &name, Path &path) const noexcept { m_zones.descend(name, path); }
    // In canonical order: visit(const Zone &).
    template <class Visit>
    void forEach(Visit &&visit) const
    {
        m_zones.forEach([&](const ZoneEntry &entry, std::uint64_t) { visit(*entry.zone()); });
    }

    // This version with one zone added, or replaced by apex.
    [[nodiscard]] ZoneTable with(std::shared_ptr<const Zone> zone,
                                 std::shared_ptr<shared_state::ZoneCell> cell = {}) const
    {
        ZoneTable next = *this;
        const auto entry = Ref<ZoneEntry>::adopt(new ZoneEntry(std::move(zone), std::move(cell)));
        next.m_zones.put(NameKey(entry->name()), entry);
        return next;
    }
    [[nodiscard]] ZoneTable without(wire::NameView apex) const
    {
        ZoneTable next = *this;
        next.m_zones.erase(NameKey(apex));
        return next;
    }

private:
    NameTrie<ZoneEntry> m_zones;
};

} // namespace mainstay::snapshot
