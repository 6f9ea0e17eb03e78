// SPDX-License-Identifier: GPL-3.0-or-later
#include "zones/node_draft.h"

#include <algorithm>
#include <cstring>

namespace mainstay::zones {

namespace {

using snapshot::RecordView;
using snapshot::RRset;
using snapshot::ZoneNode;

// What is left of a message for one RRset, beside header, question, OPT and a little air.
constexpr std::size_t kLargestRRset = 65535 - 600;

template <class T>
void append(std::vector<std::uint8_t> &out, T value)
{
    for (unsigned shift = 8 * sizeof(T); shift > 0; shift -= 8)
        out.push_back(static_cast<std::uint8_t>(value >> (shift - 8)));
}

} // namespace

void NodeDraft::add(wire::RecordType type, std::uint32_t ttl, std::span<const std::uint8_t> rdata)
{
    m_entries.push_back(
        {static_cast<std::uint16_t>(type), static_cast<std::uint16_t>(rdata.size()), ttl, m_octets.size()});
    m_octets.insert(m_octets.end(), rdata.begin(), rdata.end());
}

void NodeDraft::add(const ZoneNode &node)
{
    for (const RRset rrset : node) {
        for (const RecordView record : rrset)
            add(rrset.type(), record);
    }
}

std::uint8_t NodeDraft::compose()
{
    const auto compare = [this](const Entry &a, const Entry &b) {
        const auto left = rdata(a);
        const auto right = rdata(b);
        return a.type != b.type
                   ? a.type <=> b.type
                   : std::lexicographical_compare_three_way(left.begin(), left.end(), right.begin(), right.end());
    };
    if (m_entries.size() > 1) {
        std::stable_sort(m_entries.begin(), m_entries.end(),
                         [&](const Entry &a, const Entry &b) { return compare(a, b) < 0; });
        // Of records that differ by their TTL alone the smallest TTL counts, as in the whole set.
        const auto same = [&](Entry &a, const Entry &b) {
            if (compare(a, b) != 0)
                return false;
            a.ttl = std::min(a.ttl, b.ttl);
            return true;
        };
        m_entries.erase(std::unique(m_entries.begin(), m_entries.end(), same), m_entries.end());
    }

    std::uint8_t findings = 0;
    m_composed.clear();
    for (auto begin = m_entries.begin(); begin != m_entries.end();) {
        const auto end = std::find_if(begin, m_entries.end(), [&](const Entry &e) { return e.type != begin->type; });
        findings |= composeRRset({begin, end});
        begin = end;
    }
    return findings;
}

std::uint8_t NodeDraft::composeRRset(std::span<const Entry> entries)
{
    std::uint32_t ttl = entries.front().ttl;
    std::size_t size = 0;
    std::uint8_t findings = 0;
    for (const Entry &entry : entries) {
        findings |= entry.ttl != ttl ? kDifferentTtls : 0;
        ttl = std::min(ttl, entry.ttl);
        size += RecordView::kFixedSize + entry.size;
    }
    if (size + 2 * entries.size() > kLargestRRset)
        return kTooLarge;

    const RRset::Prefix prefix{entries.front().type, static_cast<std::uint16_t>(entries.size()),
                               static_cast<std::uint32_t>(size)};
    const std::size_t at = m_composed.size();
    m_composed.resize(at + sizeof prefix);
    std::memcpy(m_composed.data() + at, &prefix, sizeof prefix);
    for (const Entry &entry : entries) {
        append(m_composed, entry.type);
        append(m_composed, static_cast<std::uint16_t>(wire::RecordClass::in));
        append(m_composed, ttl);
        append(m_composed, entry.size);
        const auto data = rdata(entry);
        m_composed.insert(m_composed.end(), data.begin(), data.end());
    }
    return findings;
}

bool NodeDraft::equals(const ZoneNode &node, wire::NameView name) const noexcept
{
    return std::ranges::equal(node.rrsets(), m_composed) && std::ranges::equal(node.name().bytes(), name.bytes());
}

snapshot::Ref<ZoneNode> NodeDraft::make(wire::NameView name, bool isApex) const
{
    std::uint8_t flags = 0;
    for (std::size_t at = 0; at < m_composed.size();) {
        const RRset rrset(m_composed.data() + at);
        at += sizeof(RRset::Prefix) + rrset.bytes().size();
        if (rrset.type() == wire::RecordType::ns && !isApex)
            flags |= ZoneNode::kDelegation;
        else if (rrset.type() == wire::RecordType::dname)
            flags |= ZoneNode::kDname;
        else if (rrset.type() == wire::RecordType::cname)
            flags |= ZoneNode::kCname;
    }
    return ZoneNode::make(name, flags, m_composed);
}

} // namespace mainstay::zones
