// SPDX-License-Identifier: GPL-3.0-or-later
// A zone as workers answer from it.
#pragma once

#include "snapshot/name_trie.h"
#include "snapshot/zone_node.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mainstay::snapshot {

// Immutable. Versions of a zone share every node that did not change.
class Zone {
public:
    struct Counts {
        std::size_t names = 0; // with records
        std::size_t records = 0;
        // Each record has a number below this, given when it was loaded. The tag of a node in names() says which: the
        // number of its first record above kSlotShift, and how many it has below. See zones/zone_difference.h.
        std::uint64_t slots = 0;

        friend bool operator==(const Counts &, const Counts &) = default;
    };
    static constexpr unsigned kSlotShift = 24;

    // `apex` is in `names` and has one SOA record.
    Zone(NameTrie<ZoneNode> names, Ref<ZoneNode> apex, Counts counts);

    [[nodiscard]] wire::NameView name() const noexcept { return m_apex->name(); }
    [[nodiscard]] const ZoneNode &apex() const noexcept { return *m_apex; }
    [[nodiscard]] const NameTrie<ZoneNode> &names() const noexcept { return m_names; }
    [[nodiscard]] const Counts &counts() const noexcept { return m_counts; }
    [[nodiscard]] std::uint32_t serial() const noexcept { return m_serial; }
    // The SOA as it stands in negative answers: its TTL is the smaller of its own and its minimum (RFC 2308 3).
    [[nodiscard]] RRset negativeSoa() const noexcept { return RRset(m_negativeSoa.data()); }

private:
    NameTrie<ZoneNode> m_names;
    Ref<ZoneNode> m_apex;
    Counts m_counts;
    std::uint32_t m_serial = 0;
    std::vector<std::uint8_t> m_negativeSoa;
};

} // namespace mainstay::snapshot
