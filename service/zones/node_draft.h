// SPDX-License-Identifier: GPL-3.0-or-later
// The records of one name on their way to becoming a node.
#pragma once

#include "snapshot/zone_node.h"
#include "zones/zone_record.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mainstay::zones {

// Any one thread. Reused for name after name, so that loading allocates little but the nodes.
class NodeDraft {
public:
    // What composing found that the node does not show.
    enum Finding : std::uint8_t {
        kDifferentTtls = 1, // within an RRset; the smallest was taken (RFC 2181 5.2)
        kTooLarge = 2,      // an RRset fits into no message and was left out
    };

    void clear() noexcept
    {
        m_entries.clear();
        m_octets.clear();
    }
    [[nodiscard]] bool isEmpty() const noexcept { return m_entries.empty(); }
    void add(wire::RecordType type, std::uint32_t ttl, std::span<const std::uint8_t> rdata);
    void add(wire::RecordType type, snapshot::RecordView record) { add(type, record.ttl(), record.rdata()); }
    void add(const snapshot::ZoneNode &node);

    // The records as a node keeps them: in order, each once. Valid until the next change. Gives a set of Finding.
    std::uint8_t compose();
    [[nodiscard]] std::span<const std::uint8_t> rrsets() const noexcept { return m_composed; }
    // True when compose() gave just what the node has, its name's case included.
    [[nodiscard]] bool equals(const snapshot::ZoneNode &node, wire::NameView name) const noexcept;
    // A node of what compose() gave.
    [[nodiscard]] snapshot::Ref<snapshot::ZoneNode> make(wire::NameView name, bool isApex) const;

private:
    struct Entry {
        std::uint16_t type;
        std::uint16_t size;
        std::uint32_t ttl;
        std::size_t offset; // of the data, in m_octets
    };

    [[nodiscard]] std::span<const std::uint8_t> rdata(const Entry &entry) const noexcept
    {
        return {m_octets.data() + entry.offset, entry.size};
    }
    std::uint8_t composeRRset(std::span<const Entry> entries);

    std::vector<Entry> m_entries;
    std::vector<std::uint8_t> m_octets;
    std::vector<std::uint8_t> m_composed;
};

} // namespace mainstay::zones
