// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/response.h"

#include "wire/dns_rdata.h"

#include <string_view>

namespace mainstay::dns {

namespace {

using snapshot::RecordView;
using wire::RecordClass;
using wire::RecordType;

constexpr std::size_t kTypeClassTtl = 8; // octets of a record before the length of its data
constexpr std::uint32_t kMinimalAnyTtl = 3600;
constexpr std::uint16_t kDnssecOk = 0x8000;

// What of the query's flags the response has. CD is cleared by authorities (RFC 4035 3.1.6).
constexpr std::uint16_t kEchoed = wire::kMaskOpcode | wire::kFlagRecursionDesired;

} // namespace

Response::Response(std::span<const std::uint8_t> message, const wire::Query &query, std::span<std::uint8_t> out,
                   std::size_t limit, std::uint16_t udpSize) noexcept
    : m_query(query), m_writer(out, limit),
      m_flags(static_cast<std::uint16_t>(wire::kFlagResponse | (query.header.flags & kEchoed))), m_udpSize(udpSize)
{
    m_writer.bytes(message.first(wire::kHeaderSize + query.questionSize()));
    m_writer.remember(query.name, wire::kHeaderSize);
    if (query.edns)
        m_writer.reserve(wire::kOptRecordSize);
}

bool Response::add(Section section, wire::NameView owner, snapshot::RRset rrset) noexcept
{
    const auto mark = m_writer.mark();
    for (const RecordView record : rrset) {
        writeOwner(owner);
        writeRecord(rrset.type(), record);
    }
    return settle(section, mark, rrset.count());
}

bool Response::addCname(wire::NameView owner, std::uint32_t ttl, wire::NameView target) noexcept
{
    const auto mark = m_writer.mark();
    writeOwner(owner);
    m_writer.u16(static_cast<std::uint16_t>(RecordType::cname));
    m_writer.u16(static_cast<std::uint16_t>(RecordClass::in));
    m_writer.u32(ttl);
    m_writer.rdata(RecordType::cname, target.bytes());
    return settle(Section::answer, mark, 1);
}

bool Response::addMinimalAny(wire::NameView owner) noexcept
{
    constexpr std::string_view rdata("\7RFC8482\0", 9);
    const auto mark = m_writer.mark();
    writeOwner(owner);
    m_writer.u16(static_cast<std::uint16_t>(RecordType::hinfo));
    m_writer.u16(static_cast<std::uint16_t>(RecordClass::in));
    m_writer.u32(kMinimalAnyTtl);
    m_writer.u16(static_cast<std::uint16_t>(rdata.size()));
    m_writer.bytes(rdata.data(), rdata.size());
    return settle(Section::answer, mark, 1);
}

std::size_t Response::finish(wire::Rcode rcode) noexcept
{
    const auto code = static_cast<std::uint16_t>(rcode);
    if (m_query.edns) {
        m_writer.release(wire::kOptRecordSize);
        m_writer.u8(0); // the root
        m_writer.u16(static_cast<std::uint16_t>(RecordType::opt));
        m_writer.u16(m_udpSize);
        m_writer.u8(static_cast<std::uint8_t>(code >> 4));
        m_writer.u8(0); // our version
        m_writer.u16(m_query.edns->dnssecOk ? kDnssecOk : 0);
        m_writer.u16(0);
        ++countOf(Section::additional);
    }
    m_writer.patchU16(2, static_cast<std::uint16_t>(m_flags | (code & 0xf)));
    m_writer.patchU16(6, count(Section::answer));
    m_writer.patchU16(8, count(Section::authority));
    m_writer.patchU16(10, count(Section::additional));
    return m_writer.size();
}

std::size_t Response::headerOnly(const wire::Header &header, wire::Rcode rcode, std::span<std::uint8_t> out) noexcept
{
    wire::MessageWriter writer(out, wire::kHeaderSize);
    writer.u16(header.id);
    writer.u16(
        static_cast<std::uint16_t>(wire::kFlagResponse | (header.flags & kEchoed) | static_cast<std::uint16_t>(rcode)));
    writer.u32(0);
    writer.u32(0);
    return writer.size();
}

void Response::writeOwner(wire::NameView owner) noexcept
{
    if (owner.data() == m_query.name.data() && !owner.isRoot())
        m_writer.pointer(wire::kHeaderSize);
    else
        m_writer.owner(owner);
}

void Response::writeRecord(RecordType type, RecordView record) noexcept
{
    const auto bytes = record.bytes();
    if (!wire::rdataLayout(type).compressible)
        return m_writer.bytes(bytes);
    m_writer.bytes(bytes.first(kTypeClassTtl));
    m_writer.rdata(type, record.rdata());
}

bool Response::settle(Section section, wire::MessageWriter::Mark mark, std::size_t records) noexcept
{
    if (!m_writer.ok()) {
        m_writer.rollBack(mark);
        return false;
    }
    countOf(section) = static_cast<std::uint16_t>(count(section) + records);
    return true;
}

} // namespace mainstay::dns
