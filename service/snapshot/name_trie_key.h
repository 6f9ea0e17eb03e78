// SPDX-License-Identifier: GPL-3.0-or-later
// A domain name as the trie reads it: from the root down, in symbols that sort in canonical order.
#pragma once

#include "wire/dns_name.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace mainstay::snapshot {

// Immutable. Each label, the one next to the root first, then kEndOfLabel. What is common in host names, and '*', takes
// one symbol an octet; any other octet takes two, the first of which says which range it is from. Comparing two keys
// symbol by symbol is comparing the names in the order of RFC 4034 6.1.
//
// Made once for each query, and then serves every search in the table of zones and in a zone.
class NameKey {
public:
    static constexpr std::uint8_t kEndOfLabel = 0;
    static constexpr unsigned kSymbols = 54; // symbols are below this
    static constexpr std::size_t kMaxSize = 512;
    static const std::uint8_t kWildcard; // the symbol of '*'

    // `name` must outlive the key.
    explicit NameKey(wire::NameView name) noexcept;

    [[nodiscard]] wire::NameView name() const noexcept { return m_name; }
    [[nodiscard]] std::size_t size() const noexcept { return m_size; }
    // Past the end every key has kEndOfLabel, so an ancestor sorts first.
    [[nodiscard]] std::uint8_t operator[](std::size_t at) const noexcept
    {
        return at < m_size ? m_symbols[at] : kEndOfLabel;
    }
    // True when the first `size` symbols are whole labels.
    [[nodiscard]] bool endsLabel(std::size_t size) const noexcept
    {
        return size == 0 || (size <= m_size && m_symbols[size - 1] == kEndOfLabel);
    }

    [[nodiscard]] std::size_t labelCount() const noexcept { return m_labelCount; }
    // The ancestor of that many labels, up to all of them.
    [[nodiscard]] wire::NameView ancestor(std::size_t labels) const noexcept
    {
        const std::size_t offset = ancestorOffset(labels);
        return wire::NameView::trusted(m_name.data() + offset, m_name.size() - offset);
    }
    // How many octets of the name stand before that ancestor.
    [[nodiscard]] std::size_t ancestorOffset(std::size_t labels) const noexcept
    {
        return labels == 0 ? m_name.size() - 1 : m_labelOffsets[m_labelCount - labels];
    }
    // How many symbols the ancestor of that many labels has.
    [[nodiscard]] std::size_t ancestorSize(std::size_t labels) const noexcept { return m_sizes[labels]; }
    // How many labels this name and another share, from the root.
    [[nodiscard]] std::size_t commonLabels(wire::NameView other) const noexcept;
    // Where the keys part; the size of both when they are equal.
    [[nodiscard]] std::size_t firstDifference(const NameKey &other) const noexcept;

private:
    wire::NameView m_name;
    std::size_t m_size = 0;
    std::size_t m_labelCount = 0;
    std::array<std::uint8_t, kMaxSize> m_symbols; // the first m_size are set
    std::array<std::uint8_t, wire::kMaxLabelCount + 1> m_labelOffsets;
    std::array<std::uint16_t, wire::kMaxLabelCount + 1> m_sizes;
};

} // namespace mainstay::snapshot
