// SPDX-License-Identifier: GPL-3.0-or-later
// Reading names, with and without compression.
#include "wire/dns_reader.h"

#include <string_view>

namespace mainstay::wire {

namespace {

constexpr std::uint8_t kPointer = 0xc0;

} // namespace

std::span<const std::uint8_t> WireReader::bytes(std::size_t count) noexcept
{
    if (!m_ok || m_message.size() - m_position < count) {
        m_ok = false;
        return {};
    }
    const auto taken = m_message.subspan(m_position, count);
    m_position += count;
    return taken;
}

NameView WireReader::plainName() noexcept
{
    if (m_ok) {
        if (const auto name = NameView::read(m_message.subspan(m_position))) {
            m_position += name->size();
            return *name;
        }
    }
    m_ok = false;
    return {};
}

Name WireReader::name() noexcept
{
    Name name;
    std::size_t at = m_position;
    std::size_t partStart = at; // a pointer must lead before this
    bool jumped = false;
    while (m_ok && at < m_message.size()) {
        const std::uint8_t length = m_message[at];
        if (length >= kPointer) {
            if (at + 1 >= m_message.size())
                break;
            const std::size_t target = static_cast<std::size_t>(length & 0x3f) << 8 | m_message[at + 1];
            if (target >= partStart)
                break;
            if (!jumped)
                m_position = at + 2;
            jumped = true;
            at = partStart = target;
            continue;
        }
        if (length == 0) {
            if (!jumped)
                m_position = at + 1;
            return name;
        }
        if (length > kMaxLabelSize || m_message.size() - at - 1 < length)
            break;
        if (!name.append(std::string_view(reinterpret_cast<const char *>(m_message.data()) + at + 1, length)))
            break;
        at += 1u + length;
    }
    m_ok = false;
    return {};
}

void WireReader::skipName() noexcept
{
    const std::size_t start = m_position;
    while (m_ok) {
        const std::uint8_t length = u8();
        if (length == 0)
            return;
        if (length >= kPointer)
            return skip(1);
        if (length > kMaxLabelSize || m_position - start + length >= kMaxNameSize)
            break;
        skip(length);
    }
    m_ok = false;
}

} // namespace mainstay::wire
