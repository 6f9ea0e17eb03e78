// SPDX-License-Identifier: GPL-3.0-or-later
// Writes a DNS message into the caller's buffer, compressing names, never beyond a limit.
#pragma once

#include "wire/dns_name.h"
#include "wire/dns_types.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace mainstay::wire {

// What does not fit is not written and makes ok() false until rollBack(), so a record set is tried as a whole:
// mark(), write, and rollBack() when it was too much.
class MessageWriter {
public:
    struct Mark {
        std::uint32_t size;
        std::uint32_t names;
    };

    // Writes at most `limit` octets, and never more than the buffer holds.
    MessageWriter(std::span<std::uint8_t> buffer, std::size_t limit) noexcept
        : m_data(buffer.data()), m_limit(limit < buffer.size() ? limit : buffer.size())
    {}

    [[nodiscard]] std::size_t size() const noexcept { return m_size; }
    [[nodiscard]] bool ok() const noexcept { return m_ok; }
    [[nodiscard]] std::span<const std::uint8_t> written() const noexcept { return {m_data, m_size}; }
    [[nodiscard]] Mark mark() const noexcept
    {
        return {static_cast<std::uint32_t>(m_size), static_cast<std::uint32_t>(m_nameCount)};
    }
    void rollBack(Mark mark) noexcept
    {
        m_size = mark.size;
        m_nameCount = mark.names;
        m_ok = true;
    }
    // Keeps octets free at the end for what is written after release().
    void reserve(std::size_t octets) noexcept
    {
        m_ok = m_ok && octets <= m_limit - m_size;
        m_limit -= m_ok ? octets : 0;
    }
    void release(std::size_t octets) noexcept { m_limit += octets; }

    void u8(std::uint8_t value) noexcept { bytes(&value, 1); }
    void u16(std::uint16_t value) noexcept { number(value); }
    void u32(std::uint32_t value) noexcept { number(value); }
    void bytes(const void *from, std::size_t count) noexcept
    {
        if (!makeRoom(count))
            return;
        std::memcpy(m_data + m_size, from, count);
        m_size += count;
    }
    void bytes(std::span<const std::uint8_t> from) noexcept { bytes(from.data(), from.size()); }
    // Overwrites two octets written before.
    void patchU16(std::size_t at, std::uint16_t value) noexcept
    {
        m_data[at] = static_cast<std::uint8_t>(value >> 8);
        m_data[at + 1] = static_cast<std::uint8_t>(value);
    }

    // Compressed against every name written so far. An owner's name may take its case from there, as the question's;
    // a name in record data keeps its own (RFC 4343 4.1).
    void owner(NameView name) noexcept { compressed<false>(name); }
    void target(NameView name) noexcept { compressed<true>(name); }
    // A name that stands in the message at `offset`, uncompressed, may be pointed to from now on.
    void remember(NameView name, std::size_t offset) noexcept;
    void pointer(std::size_t offset) noexcept { u16(static_cast<std::uint16_t>(0xc000 | offset)); }
    // The length and the data, with names compressed where RFC 3597 4 allows.
    void rdata(RecordType type, std::span<const std::uint8_t> rdata) noexcept;

private:
    // A name, or the end of one, that stands in the message. Equal names have equal sizes, which is tried first.
    struct Suffix {
        std::uint16_t offset;
        std::uint16_t size;
    };
    static constexpr std::size_t kMaxSuffixes = 96; // beyond these names are written in full

    [[nodiscard]] bool makeRoom(std::size_t count) noexcept
    {
        m_ok = m_ok && count <= m_limit - m_size;
        return m_ok;
    }
    template <class T>
    void number(T value) noexcept
    {
        std::array<std::uint8_t, sizeof(T)> octets;
        for (std::size_t i = 0; i < sizeof(T); ++i)
            octets[i] = static_cast<std::uint8_t>(value >> 8 * (sizeof(T) - 1 - i));
        bytes(octets.data(), octets.size());
    }
    template <bool exactly>
    void compressed(NameView name) noexcept;
    template <bool exactly>
    [[nodiscard]] const Suffix *find(const std::uint8_t *name, std::size_t size) const noexcept;
    template <bool exactly>
    [[nodiscard]] bool standsAt(std::size_t offset, const std::uint8_t *name) const noexcept;
    void rememberSuffix(std::size_t offset, std::size_t size) noexcept;

    std::uint8_t *m_data;
    std::size_t m_limit;
    std::size_t m_size = 0;
    std::size_t m_nameCount = 0;
    std::array<Suffix, kMaxSuffixes> m_names; // the first m_nameCount are set
    bool m_ok = true;
};

} // namespace mainstay::wire
