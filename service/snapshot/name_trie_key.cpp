// SPDX-License-Identifier: GPL-3.0-or-later
// Names to symbols.
#include "snapshot/name_trie_key.h"

#include <algorithm>
#include <string_view>

namespace mainstay::snapshot {

namespace {

// One symbol, or a range's symbol and the place in the range. The second is 0 when there is none.
struct Symbols {
    std::uint8_t first = 0;
    std::uint8_t second = 0;
};

constexpr bool isCommon(unsigned octet) noexcept
{
    return (octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9') || octet == '-' || octet == '_' ||
           octet == '*';
}

// Walks the octets in order; a run of uncommon ones shares a symbol until it has no places left.
constexpr std::array<Symbols, 256> makeTable() noexcept
{
    std::array<Symbols, 256> table;
    std::uint8_t symbol = 0;
    std::uint8_t place = 0;
    for (unsigned octet = 0; octet < 256; ++octet) {
        if (octet >= 'A' && octet <= 'Z')
            continue;
        if (isCommon(octet)) {
            table[octet] = {++symbol, 0};
            place = 0;
            continue;
        }
        if (place == 0 || place == NameKey::kSymbols - 1) {
            ++symbol;
            place = 0;
        }
        table[octet] = {symbol, ++place};
    }
    for (unsigned octet = 'A'; octet <= 'Z'; ++octet)
        table[octet] = table[octet + 0x20];
    return table;
}

constexpr std::array<Symbols, 256> kTable = makeTable();
static_assert(kTable[255].first < NameKey::kSymbols);

} // namespace

constexpr std::uint8_t kWildcardSymbol = kTable['*'].first;
const std::uint8_t NameKey::kWildcard = kWildcardSymbol;

NameKey::NameKey(wire::NameView name) noexcept : m_name(name)
{
    const std::uint8_t *octets = name.data();
    for (std::size_t at = 0; octets[at] != 0; at += 1u + octets[at])
        m_labelOffsets[m_labelCount++] = static_cast<std::uint8_t>(at);

    std::uint8_t *out = m_symbols.data();
    m_sizes[0] = 0;
    for (std::size_t label = 1; label <= m_labelCount; ++label) {
        const std::uint8_t *from = octets + m_labelOffsets[m_labelCount - label];
        for (std::size_t left = *from; left > 0; --left) {
            const Symbols symbols = kTable[*++from];
            out[0] = symbols.first;
            out[1] = symbols.second;
            out += symbols.second == 0 ? 1 : 2;
        }
        *out++ = kEndOfLabel;
        m_sizes[label] = static_cast<std::uint16_t>(out - m_symbols.data());
    }
    m_size = static_cast<std::size_t>(out - m_symbols.data());
}

std::size_t NameKey::commonLabels(wire::NameView other) const noexcept
{
    std::array<std::uint8_t, wire::kMaxLabelCount + 1> offsets;
    std::size_t count = 0;
    for (std::size_t at = 0; other.data()[at] != 0; at += 1u + other.data()[at])
        offsets[count++] = static_cast<std::uint8_t>(at);
    const std::size_t most = std::min(m_labelCount, count);
    for (std::size_t common = 0; common < most; ++common) {
        const std::uint8_t *mine = m_name.data() + m_labelOffsets[m_labelCount - 1 - common];
        const std::uint8_t *theirs = other.data() + offsets[count - 1 - common];
        if (mine[0] != theirs[0] || !wire::equalIgnoringCase(mine + 1, theirs + 1, mine[0]))
            return common;
    }
    return most;
}

std::size_t NameKey::firstDifference(const NameKey &other) const noexcept
{
    const auto end = m_symbols.begin() + static_cast<std::ptrdiff_t>(std::min(m_size, other.m_size));
    return static_cast<std::size_t>(std::mismatch(m_symbols.begin(), end, other.m_symbols.begin()).first -
                                    m_symbols.begin());
}

} // namespace mainstay::snapshot
