// SPDX-License-Identifier: GPL-3.0-or-later
// The nodes of a name trie and what holds them together.
#pragma once

#include "snapshot/name_trie_key.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace mainstay::snapshot::trie {

struct Twigs;

// How many bits are set. Inline arithmetic, since the instruction is not in every processor we build for and the
// library's function costs a call at each level.
[[nodiscard]] constexpr std::size_t countBits(std::uint64_t word) noexcept
{
    word -= word >> 1 & 0x5555555555555555u;
    word = (word & 0x3333333333333333u) + (word >> 2 & 0x3333333333333333u);
    word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return static_cast<std::size_t>(word * 0x0101010101010101u >> 56);
}

// A branch asks for the symbol at one offset of the key and has a twig for each symbol that occurs there: word =
// offset << 54 | a bit for each symbol, pointer = Twigs. A leaf has a value: word = bit 63 | its tag.
struct Node {
    std::uint64_t word = 0;
    void *pointer = nullptr;

    static constexpr std::uint64_t kLeafBit = std::uint64_t{1} << 63;
    static constexpr unsigned kOffsetShift = NameKey::kSymbols;
    static constexpr std::uint64_t kBitmap = (std::uint64_t{1} << kOffsetShift) - 1;

    static Node leaf(const void *value, std::uint64_t tag) noexcept
    {
        return {kLeafBit | tag, const_cast<void *>(value)};
    }
    static Node branch(std::size_t offset, std::uint64_t bitmap, Twigs *twigs) noexcept
    {
        return {std::uint64_t{offset} << kOffsetShift | bitmap, twigs};
    }
    static constexpr std::uint64_t bit(std::uint8_t symbol) noexcept { return std::uint64_t{1} << symbol; }

    [[nodiscard]] bool isLeaf() const noexcept { return (word & kLeafBit) != 0; }
    [[nodiscard]] std::uint64_t tag() const noexcept { return word & ~kLeafBit; }
    [[nodiscard]] std::size_t offset() const noexcept { return static_cast<std::size_t>(word >> kOffsetShift); }
    [[nodiscard]] bool has(std::uint8_t symbol) const noexcept { return (word & bit(symbol)) != 0; }
    // How many twigs come before the symbol's.
    [[nodiscard]] std::size_t rank(std::uint8_t symbol) const noexcept { return countBits(word & (bit(symbol) - 1)); }
    [[nodiscard]] std::size_t twigCount() const noexcept { return countBits(word & kBitmap); }
    [[nodiscard]] Twigs *twigs() const noexcept { return static_cast<Twigs *>(pointer); }
    [[nodiscard]] Node *twig(std::size_t index) const noexcept;
    [[nodiscard]] Node *twigOf(std::uint8_t symbol) const noexcept { return twig(rank(symbol)); }
};

// The children of a branch, in one allocation. Versions that have them in common share them.
struct Twigs {
    std::atomic<std::uint32_t> references{1};
    std::uint32_t count;

    explicit Twigs(std::size_t nodes) noexcept : count(static_cast<std::uint32_t>(nodes)) {}

    [[nodiscard]] Node *nodes() noexcept { return reinterpret_cast<Node *>(this + 1); }
};
static_assert(sizeof(Twigs) % alignof(Node) == 0);

inline Node *Node::twig(std::size_t index) const noexcept
{
    return twigs()->nodes() + index;
}

} // namespace mainstay::snapshot::trie
