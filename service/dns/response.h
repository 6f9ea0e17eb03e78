// SPDX-License-Identifier: GPL-3.0-or-later
// A response on its way: sections in order, record sets whole or not at all.
#pragma once

#include "snapshot/zone_node.h"
#include "wire/dns_message.h"
#include "wire/dns_writer.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace mainstay::dns {

// Worker thread. Lives for one query and writes into the caller's buffer only.
class Response {
public:
    enum class Section : std::uint8_t { answer, authority, additional };

    // Takes header and question over from the query, which has been read. At most `limit` octets are written; the
    // buffer and the limit have room for both and for an OPT record. With EDNS, `udpSize` is what we say we take.
    Response(std::span<const std::uint8_t> message, const wire::Query &query, std::span<std::uint8_t> out,
             std::size_t limit, std::uint16_t udpSize) noexcept;

    // Records go in by section, the answer first. False when the set does not fit, and then nothing of it is there.
    bool add(Section section, wire::NameView owner, snapshot::RRset rrset) noexcept;
    // A CNAME that no zone has, as a DNAME asks for (RFC 6672 3.1).
    bool addCname(wire::NameView owner, std::uint32_t ttl, wire::NameView target) noexcept;
    // Says that there is more than ANY gets (RFC 8482 4.2).
    bool addMinimalAny(wire::NameView owner) noexcept;

    void setAuthoritative() noexcept { m_flags |= wire::kFlagAuthoritative; }
    void setTruncated() noexcept { m_flags |= wire::kFlagTruncated; }
    [[nodiscard]] bool isTruncated() const noexcept { return (m_flags & wire::kFlagTruncated) != 0; }
    [[nodiscard]] std::uint16_t count(Section section) const noexcept
    {
        return m_counts[static_cast<std::size_t>(section)];
    }

    // Completes it. Gives its size.
    std::size_t finish(wire::Rcode rcode) noexcept;

    // A response of a header alone, to a message that could not be read further.
    static std::size_t headerOnly(const wire::Header &header, wire::Rcode rcode, std::span<std::uint8_t> out) noexcept;

private:
    std::uint16_t &countOf(Section section) noexcept { return m_counts[static_cast<std::size_t>(section)]; }
    void writeOwner(wire::NameView owner) noexcept;
    void writeRecord(wire::RecordType type, snapshot::RecordView record) noexcept;
    // Keeps what was written since, as so many records, if it all fitted.
    bool settle(Section section, wire::MessageWriter::Mark mark, std::size_t records) noexcept;

    const wire::Query &m_query;
    wire::MessageWriter m_writer;
    std::array<std::uint16_t, 3> m_counts{};
    std::uint16_t m_flags;
    std::uint16_t m_udpSize;
};

} // namespace mainstay::dns
