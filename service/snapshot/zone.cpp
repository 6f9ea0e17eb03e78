// SPDX-License-Identifier: GPL-3.0-or-later
// What a zone works out once, so that no answer has to.
#include "snapshot/zone.h"

#include <algorithm>
#include <cassert>

namespace mainstay::snapshot {

namespace {

std::uint32_t numberAt(std::span<const std::uint8_t> bytes, std::size_t at) noexcept
{
    return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 | std::uint32_t{bytes[at + 2]} << 8 |
           bytes[at + 3];
}

} // namespace

Zone::Zone(NameTrie<ZoneNode> names, Ref<ZoneNode> apex, Counts counts)
    : m_names(std::move(names)), m_apex(std::move(apex)), m_counts(counts)
{
    const RRset soa = m_apex->find(wire::RecordType::soa);
    assert(soa && soa.count() == 1);
    // Data end with serial, refresh, retry, expire and minimum, RFC 1035 3.3.13.
    const auto rdata = soa.front().rdata();
    m_serial = numberAt(rdata, rdata.size() - 20);
    const std::uint32_t ttl = std::min(soa.front().ttl(), numberAt(rdata, rdata.size() - 4));

    const std::uint8_t *start = soa.bytes().data() - sizeof(RRset::Prefix);
    m_negativeSoa.assign(start, start + sizeof(RRset::Prefix) + soa.bytes().size());
    for (unsigned i = 0; i < 4; ++i)
        m_negativeSoa[sizeof(RRset::Prefix) + 4 + i] = static_cast<std::uint8_t>(ttl >> (24 - 8 * i));
}

} // namespace mainstay::snapshot
