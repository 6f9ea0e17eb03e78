// SPDX-License-Identifier: GPL-3.0-or-later
// Making and freeing the nodes of zones.
#include "snapshot/zone_node.h"

#include <new>

namespace mainstay::snapshot {

Ref<ZoneNode> ZoneNode::make(wire::NameView name, std::uint8_t flags, std::span<const std::uint8_t> rrsets)
{
    void *memory = ::operator new(sizeof(ZoneNode) + name.size() + rrsets.size());
    return Ref<ZoneNode>::adopt(new (memory) ZoneNode(name, flags, rrsets));
}

ZoneNode::ZoneNode(wire::NameView name, std::uint8_t flags, std::span<const std::uint8_t> rrsets) noexcept
    : m_rrsetsSize(static_cast<std::uint32_t>(rrsets.size())), m_nameSize(static_cast<std::uint8_t>(name.size())),
      m_flags(flags)
{
    auto *octets = reinterpret_cast<std::uint8_t *>(this + 1);
    std::memcpy(octets, name.data(), name.size());
    if (!rrsets.empty())
        std::memcpy(octets + name.size(), rrsets.data(), rrsets.size());
}

void ZoneNode::destroy(const ZoneNode *node) noexcept
{
    node->~ZoneNode();
    ::operator delete(const_cast<ZoneNode *>(node));
}

std::size_t ZoneNode::recordCount() const noexcept
{
    std::size_t count = 0;
    for (const RRset rrset : *this)
        count += rrset.count();
    return count;
}

} // namespace mainstay::snapshot
