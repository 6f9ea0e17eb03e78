// SPDX-License-Identifier: GPL-3.0-or-later
// A cursor over a DNS message that remembers its first error.
#pragma once

#include "wire/dns_name.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace mainstay::wire {

// After the first read beyond the end or of a broken name, ok() is false and every read gives zero or nothing.
class WireReader {
public:
    explicit WireReader(std::span<const std::uint8_t> message, std::size_t position = 0) noexcept
        : m_message(message), m_position(position), m_ok(position <= message.size())
    {}

    [[nodiscard]] bool ok() const noexcept { return m_ok; }
    [[nodiscard]] bool atEnd() const noexcept { return m_position == m_message.size(); }
    [[nodiscard]] std::size_t position() const noexcept { return m_position; }
    // For a caller that found what it read to be wrong.
    void fail() noexcept { m_ok = false; }

    std::uint8_t u8() noexcept { return static_cast<std::uint8_t>(number<1>()); }
    std::uint16_t u16() noexcept { return static_cast<std::uint16_t>(number<2>()); }
    std::uint32_t u32() noexcept { return number<4>(); }
    std::span<const std::uint8_t> bytes(std::size_t count) noexcept;
    void skip(std::size_t count) noexcept { (void)bytes(count); }

    // A name without compression pointers, in place.
    NameView plainName() noexcept;
    // A name whose pointers (RFC 1035 4.1.4) each lead before the part they stand in, which bounds the walk.
    Name name() noexcept;
    // As name(), for one that is of no interest: its pointer is not followed.
    void skipName() noexcept;

private:
    template <std::size_t size>
    std::uint32_t number() noexcept
    {
        if (!m_ok || m_message.size() - m_position < size) {
            m_ok = false;
            return 0;
        }
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < size; ++i)
            value = value << 8 | m_message[m_position + i];
        m_position += size;
        return value;
    }

    std::span<const std::uint8_t> m_message;
    std::size_t m_position;
    bool m_ok;
};

} // namespace mainstay::wire
