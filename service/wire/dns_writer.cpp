// SPDX-License-Identifier: GPL-3.0-or-later
// Name compression, RFC 1035 4.1.4.
#include "wire/dns_writer.h"

#include "wire/dns_rdata.h"

namespace mainstay::wire {

namespace {

constexpr std::size_t kMaxPointer = 0x3fff;

} // namespace

template <bool exactly>
void MessageWriter::compressed(NameView name) noexcept
{
    const std::uint8_t *label = name.data();
    std::size_t left = name.size();
    while (m_ok && left > 1) {
        if (const Suffix *known = find<exactly>(label, left))
            return pointer(known->offset);
        rememberSuffix(m_size, left);
        const std::size_t size = 1u + label[0];
        bytes(label, size);
        label += size;
        left -= size;
    }
    u8(0);
}

void MessageWriter::remember(NameView name, std::size_t offset) noexcept
{
    for (; !name.isRoot(); offset += 1u + name.data()[0], name = name.parent())
        rememberSuffix(offset, name.size());
}

void MessageWriter::rdata(RecordType type, std::span<const std::uint8_t> rdata) noexcept
{
    const RdataLayout layout = rdataLayout(type);
    if (!layout.compressible) {
        u16(static_cast<std::uint16_t>(rdata.size()));
        return bytes(rdata);
    }
    const std::size_t start = m_size;
    u16(0);
    bytes(rdata.first(layout.before));
    rdata = rdata.subspan(layout.before);
    for (unsigned i = 0; i < layout.names; ++i) {
        const NameView next = NameView::read(rdata).value_or(NameView());
        target(next);
        rdata = rdata.subspan(next.size());
    }
    bytes(rdata);
    if (m_ok)
        patchU16(start, static_cast<std::uint16_t>(m_size - start - 2));
}

template <bool exactly>
const MessageWriter::Suffix *MessageWriter::find(const std::uint8_t *name, std::size_t size) const noexcept
{
    for (std::size_t i = 0; i < m_nameCount; ++i) {
        if (m_names[i].size == size && standsAt<exactly>(m_names[i].offset, name))
            return &m_names[i];
    }
    return nullptr;
}

template <bool exactly>
bool MessageWriter::standsAt(std::size_t offset, const std::uint8_t *name) const noexcept
{
    const std::uint8_t *there = m_data + offset;
    for (;;) {
        if (there[0] >= 0xc0) {
            there = m_data + ((there[0] & 0x3f) << 8 | there[1]);
            continue;
        }
        if (there[0] != name[0])
            return false;
        if (exactly ? std::memcmp(there, name, 1u + name[0]) != 0 : !equalIgnoringCase(there, name, 1u + name[0]))
            return false;
        if (name[0] == 0)
            return true;
        const std::size_t size = 1u + name[0];
        there += size;
        name += size;
    }
}

void MessageWriter::rememberSuffix(std::size_t offset, std::size_t size) noexcept
{
    if (m_nameCount < kMaxSuffixes && offset <= kMaxPointer)
        m_names[m_nameCount++] = {static_cast<std::uint16_t>(offset), static_cast<std::uint16_t>(size)};
}

template void MessageWriter::compressed<false>(NameView) noexcept;
template void MessageWriter::compressed<true>(NameView) noexcept;

} // namespace mainstay::wire
