// SPDX-License-Identifier: GPL-3.0-or-later
// The walk from a question to its answer through our zones.
#pragma once

#include "dns/response.h"
#include "snapshot/zone_table.h"
#include "wire/dns_message.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace mainstay::dns {

// Worker thread. Lives for one query. Aliases are followed through all our zones, a bounded number of them.
class Resolution {
public:
    Resolution(const snapshot::ZoneTable &zones, const wire::Query &query, Response &response) noexcept
        : m_zones(zones), m_query(query), m_response(response), m_name(query.name)
    {}

    // Fills the response.
    wire::Rcode run() noexcept;
    // The zone of the question; null when it is in none of ours.
    [[nodiscard]] const snapshot::ZoneEntry *zone() const noexcept { return m_questionZone; }

private:
    using Path = snapshot::NamePath<snapshot::ZoneNode>;

    static constexpr std::size_t kMaxAliases = 16;
    static constexpr std::size_t kMaxDnames = 6; // of these aliases
    static constexpr std::size_t kHostsKnown = 16;

    // What one name led to: an alias goes on at m_name, everything else is the end.
    enum class Step : std::uint8_t { alias, end };

    [[nodiscard]] const snapshot::ZoneEntry *findZone(const snapshot::NameKey &key) const noexcept;
    Step resolve(const snapshot::NameKey &key) noexcept;
    Step answerFrom(const snapshot::ZoneNode &node) noexcept;
    Step answerAny(const snapshot::ZoneNode &node) noexcept;
    Step followDname(const snapshot::ZoneNode &node) noexcept;
    Step followTo(wire::NameView target) noexcept;
    Step refer(const snapshot::ZoneNode &cut) noexcept;
    Step deny(wire::Rcode rcode) noexcept;

    void addAddressesFor(snapshot::RRset rrset) noexcept;
    [[nodiscard]] bool addAddresses(wire::NameView host) noexcept;
    // Whether its addresses were asked for before. Of more hosts than kHostsKnown some may come twice.
    [[nodiscard]] bool isHostKnown(const snapshot::ZoneNode *node) noexcept;

    const snapshot::ZoneTable &m_zones;
    const wire::Query &m_query;
    Response &m_response;

    wire::NameView m_name; // what is being looked for now
    const snapshot::Zone *m_zone = nullptr;
    const snapshot::ZoneEntry *m_questionZone = nullptr;
    wire::Rcode m_rcode = wire::Rcode::noError;

    std::size_t m_aliasCount = 0;
    std::array<wire::NameView, kMaxAliases> m_aliases; // the names already left behind
    std::size_t m_hostCount = 0;
    std::array<const snapshot::ZoneNode *, kHostsKnown> m_hosts; // whose addresses are in the additional section
    std::size_t m_dnameCount = 0;
    std::array<const snapshot::ZoneNode *, kMaxDnames>
        m_followed; // whose DNAME is in the answer, which holds each once
    std::array<std::array<std::uint8_t, wire::kMaxNameSize>, kMaxDnames> m_renamed; // what DNAMEs made of names
};

} // namespace mainstay::dns
