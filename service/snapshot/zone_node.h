// SPDX-License-Identifier: GPL-3.0-or-later
// One name of a zone with its record sets, in one piece of memory, as answers need them.
#pragma once

#include "snapshot/counted.h"
#include "wire/dns_name.h"
#include "wire/dns_types.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace mainstay::snapshot {

// Immutable. A record after its owner: type, class, TTL, length and data in wire form, ready to be copied.
class RecordView {
public:
    static constexpr std::size_t kFixedSize = 10;

    explicit RecordView(const std::uint8_t *bytes) noexcept : m_bytes(bytes) {}

    [[nodiscard]] std::span<const std::uint8_t> bytes() const noexcept
    {
        return {m_bytes, kFixedSize + rdata().size()};
    }
    [[nodiscard]] std::uint32_t ttl() const noexcept
    {
        return std::uint32_t{m_bytes[4]} << 24 | std::uint32_t{m_bytes[5]} << 16 | std::uint32_t{m_bytes[6]} << 8 |
               m_bytes[7];
    }
    [[nodiscard]] std::span<const std::uint8_t> rdata() const noexcept
    {
        return {m_bytes + kFixedSize, static_cast<std::size_t>(m_bytes[8] << 8 | m_bytes[9])};
    }

private:
    const std::uint8_t *m_bytes;
};

// Immutable. The records of one type at one name: distinct, in order of their data, with one TTL (RFC 2181 5).
class RRset {
public:
    // How it is kept: this, then `size` octets of records one after the other.
    struct Prefix {
        std::uint16_t type;
        std::uint16_t count;
        std::uint32_t size;
    };

    class Iterator {
    public:
        explicit Iterator(const std::uint8_t *at) noexcept : m_at(at) {}
        RecordView operator*() const noexcept { return RecordView(m_at); }
        Iterator &operator++() noexcept
        {
            m_at += RecordView(m_at).bytes().size();
            return *this;
        }
        friend bool operator==(Iterator, Iterator) noexcept = default;

    private:
        const std::uint8_t *m_at;
    };

    RRset() noexcept = default; // none
    // Reads what stands at `at`.
    explicit RRset(const std::uint8_t *at) noexcept : m_records(at + sizeof(Prefix))
    {
        std::memcpy(&m_prefix, at, sizeof m_prefix);
    }

    [[nodiscard]] explicit operator bool() const noexcept { return m_records != nullptr; }
    [[nodiscard]] wire::RecordType type() const noexcept { return static_cast<wire::RecordType>(m_prefix.type); }
    [[nodiscard]] std::size_t count() const noexcept { return m_prefix.count; }
    // All records, as they go into a message but for their owners.
    [[nodiscard]] std::span<const std::uint8_t> bytes() const noexcept { return {m_records, m_prefix.size}; }
    [[nodiscard]] RecordView front() const noexcept { return RecordView(m_records); }
    [[nodiscard]] Iterator begin() const noexcept { return Iterator(m_records); }
    [[nodiscard]] Iterator end() const noexcept { return Iterator(m_records + m_prefix.size); }

private:
    Prefix m_prefix{};
    const std::uint8_t *m_records = nullptr;
};

// Immutable. A node without record sets is an empty non-terminal: it is there because names below it are.
class ZoneNode final : public Counted<ZoneNode> {
public:
    enum Flag : std::uint8_t {
        kDelegation = 1, // NS, and not at the apex: here the zone ends
        kDname = 2,
        kCname = 4,
    };

    class Iterator {
    public:
        explicit Iterator(const std::uint8_t *at) noexcept : m_at(at) {}
        RRset operator*() const noexcept { return RRset(m_at); }
        Iterator &operator++() noexcept
        {
            m_at += sizeof(RRset::Prefix) + RRset(m_at).bytes().size();
            return *this;
        }
        friend bool operator==(Iterator, Iterator) noexcept = default;

    private:
        const std::uint8_t *m_at;
    };

    // `rrsets` are record sets one after the other in order of type, each as RRset keeps it.
    [[nodiscard]] static Ref<ZoneNode> make(wire::NameView name, std::uint8_t flags,
                                            std::span<const std::uint8_t> rrsets);
    static void destroy(const ZoneNode *node) noexcept;

    [[nodiscard]] wire::NameView name() const noexcept { return wire::NameView::trusted(octets(), m_nameSize); }
    [[nodiscard]] bool is(Flag flag) const noexcept { return (m_flags & flag) != 0; }
    // True where answers from this node's data are not ours to give for names below.
    [[nodiscard]] bool isCut() const noexcept { return (m_flags & (kDelegation | kDname)) != 0; }
    [[nodiscard]] bool isEmptyNonTerminal() const noexcept { return m_rrsetsSize == 0; }
    [[nodiscard]] RRset find(wire::RecordType type) const noexcept
    {
        for (auto rrset : *this) {
            if (rrset.type() == type)
                return rrset;
        }
        return {};
    }
    [[nodiscard]] std::span<const std::uint8_t> rrsets() const noexcept
    {
        return {octets() + m_nameSize, m_rrsetsSize};
    }
    [[nodiscard]] Iterator begin() const noexcept { return Iterator(octets() + m_nameSize); }
    [[nodiscard]] Iterator end() const noexcept { return Iterator(octets() + m_nameSize + m_rrsetsSize); }
    [[nodiscard]] std::size_t recordCount() const noexcept;

private:
    ZoneNode(wire::NameView name, std::uint8_t flags, std::span<const std::uint8_t> rrsets) noexcept;

    [[nodiscard]] const std::uint8_t *octets() const noexcept
    {
        return reinterpret_cast<const std::uint8_t *>(this + 1);
    }

    std::uint32_t m_rrsetsSize;
    std::uint8_t m_nameSize;
    std::uint8_t m_flags;
    // The name and the record sets follow.
};

} // namespace mainstay::snapshot
