// SPDX-License-Identifier: GPL-3.0-or-later
#include "zones/zone_difference.h"

#include <algorithm>

namespace mainstay::zones {

namespace {

using snapshot::NameKey;
using snapshot::RecordView;
using snapshot::RRset;
using snapshot::ZoneNode;

bool isSame(RecordView record, const ZoneRecord &read)
{
    return record.ttl() == read.ttl && std::ranges::equal(record.rdata(), read.rdata);
}

} // namespace

ZoneDifference::ZoneDifference(const snapshot::Zone &base)
    : m_base(base), m_seen(base.counts().slots / 64 + 1), m_unseenCount(base.counts().records)
{}

void ZoneDifference::take(const ZoneRecord &record)
{
    turnTo(record);
    if (m_current.value) {
        std::uint64_t slot = Slots(m_current.tag).first;
        for (const RRset rrset : *m_current.value) {
            if (rrset.type() != record.type) {
                slot += rrset.count();
                continue;
            }
            for (const RecordView known : rrset) {
                if (isSame(known, record))
                    return see(slot);
                ++slot;
            }
            break;
        }
    }
    added(record).records.add(record.type, record.ttl, record.rdata);
}

// Looks the owner up when it is another than the last record's.
void ZoneDifference::turnTo(const ZoneRecord &record)
{
    if (m_hasOwner && std::ranges::equal(m_owner.view().bytes(), record.owner.bytes()))
        return;
    m_owner = wire::Name(record.owner);
    m_hasOwner = true;
    m_current = m_base.names().findEntry(NameKey(record.owner));
    // The first mention of a name says how it is written.
    if (m_current.value && !std::ranges::equal(m_current.value->name().bytes(), record.owner.bytes()) &&
        !isAnySeen(Slots(m_current.tag)) && !m_added.contains(m_owner))
        added(record).takesName = true;
}

ZoneDifference::Added &ZoneDifference::added(const ZoneRecord &record)
{
    Added &added = m_added[m_owner];
    added.base = m_current;
    added.at = record.source;
    return added;
}

void ZoneDifference::see(std::uint64_t slot) noexcept
{
    if (isSeen(slot))
        return;
    m_seen[slot / 64] |= std::uint64_t{1} << slot % 64;
    --m_unseenCount;
}

bool ZoneDifference::isAnySeen(Slots slots) const noexcept
{
    for (std::uint64_t i = 0; i < slots.count; ++i) {
        if (isSeen(slots.first + i))
            return true;
    }
    return false;
}

void ZoneDifference::addSeen(const Entry &entry, NodeDraft &draft) const
{
    std::uint64_t slot = Slots(entry.tag).first;
    for (const RRset rrset : *entry.value) {
        for (const RecordView record : rrset) {
            if (isSeen(slot++))
                draft.add(rrset.type(), record);
        }
    }
}

void ZoneDifference::finish(const OnChange &onChange)
{
    for (auto &[owner, added] : m_added) {
        wire::NameView name = owner;
        if (added.base.value) {
            addSeen(added.base, added.records);
            if (!added.takesName)
                name = added.base.value->name();
            // Whatever of this name was not read again is gone with this.
            const Slots slots(added.base.tag);
            for (std::uint64_t i = 0; i < slots.count; ++i)
                see(slots.first + i);
        }
        onChange(name, added.at, added.records);
    }
    if (m_unseenCount == 0)
        return;

    // Only what was taken away is left. Its place in the tree says nothing of the file, so all leaves are asked, by
    // their tags and without a look at the nodes.
    NodeDraft draft;
    m_base.names().forEach([&](const ZoneNode &node, std::uint64_t tag) {
        const Slots slots(tag);
        std::uint64_t i = 0;
        while (i < slots.count && isSeen(slots.first + i))
            ++i;
        if (i == slots.count)
            return;
        draft.clear();
        addSeen({&node, tag}, draft);
        onChange(node.name(), {}, draft);
    });
}

} // namespace mainstay::zones
