// SPDX-License-Identifier: GPL-3.0-or-later
#include "zones/zone_editor.h"

#include <utility>

namespace mainstay::zones {

using snapshot::NameKey;
using snapshot::Ref;
using snapshot::Zone;
using snapshot::ZoneNode;

void ZoneEditor::put(Ref<ZoneNode> node)
{
    const wire::NameView name = node->name();
    const std::size_t records = node->recordCount();
    const NameKey key(name);
    if (const ZoneNode *old = m_names.find(key)) {
        m_counts.records -= old->recordCount();
        m_counts.names -= old->isEmptyNonTerminal() ? 0 : 1;
    }
    m_counts.records += records;
    m_counts.names += 1;
    const std::uint64_t tag = m_counts.slots << Zone::kSlotShift | records;
    m_counts.slots += records;
    if (m_names.put(key, std::move(node), tag))
        needParentOf(name);
}

void ZoneEditor::remove(wire::NameView removed)
{
    const wire::Name name(removed); // which may stand in the node that goes
    const NameKey key(name);
    const ZoneNode *old = m_names.find(key);
    if (!old || old->isEmptyNonTerminal())
        return;
    m_counts.records -= old->recordCount();
    m_counts.names -= 1;
    if (hasBelow(key)) {
        m_names.put(key, ZoneNode::make(name, 0, {}));
        return;
    }
    m_lastParent = {};
    m_names.erase(key);
    dropUnneeded(name.view().parent());
}

std::shared_ptr<const Zone> ZoneEditor::finish()
{
    const ZoneNode *apex = find(m_apex);
    return std::make_shared<const Zone>(std::move(m_names), Ref<ZoneNode>::share(apex), m_counts);
}

bool ZoneEditor::hasBelow(const NameKey &key) const noexcept
{
    snapshot::NamePath<ZoneNode> path;
    m_names.descend(key, path);
    return path.hasBelow();
}

void ZoneEditor::needParentOf(wire::NameView name)
{
    const auto isBelowApex = [this](wire::NameView parent) { return parent.size() > m_apex.view().size(); };
    if (!isBelowApex(name.parent()) || m_lastParent == wire::Name(name.parent()))
        return;
    for (wire::NameView parent = name.parent(); isBelowApex(parent); parent = parent.parent()) {
        const NameKey key(parent);
        if (m_names.find(key))
            break;
        m_names.put(key, ZoneNode::make(parent, 0, {}));
    }
    m_lastParent = wire::Name(name.parent());
}

void ZoneEditor::dropUnneeded(wire::NameView name)
{
    for (; name.size() > m_apex.view().size(); name = name.parent()) {
        const NameKey key(name);
        const ZoneNode *node = m_names.find(key);
        if (!node || !node->isEmptyNonTerminal() || hasBelow(key))
            return;
        m_names.erase(key);
    }
}

} // namespace mainstay::zones
