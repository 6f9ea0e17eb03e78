// SPDX-License-Identifier: GPL-3.0-or-later
// A map from text whose versions share what they have in common: an edit copies one path, whatever the size.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mainstay::snapshot {

// Immutable; a copy is a version of its own and costs a pointer. A hash array mapped trie with 32 branches a node.
template <class Value>
class PersistentMap {
public:
    PersistentMap() = default;

    // Null when the key is not there. Valid as long as a version that has it lives.
    [[nodiscard]] const Value *find(std::string_view key) const noexcept
    {
        const std::uint64_t hash = hashOf(key);
        const Node *node = m_root.get();
        for (unsigned shift = 0; node && node->isBranch(); shift += kBits) {
            const std::uint32_t bit = bitAt(hash, shift);
            node = node->bitmap & bit ? node->children[indexOf(node->bitmap, bit)].get() : nullptr;
        }
        if (!node || node->hash != hash)
            return nullptr;
        const auto entry = std::find_if(node->entries.begin(), node->entries.end(),
                                        [key](const Entry &candidate) { return candidate.first == key; });
        return entry == node->entries.end() ? nullptr : &entry->second;
    }

    [[nodiscard]] bool isEmpty() const noexcept { return !m_root; }

    // This version with one value set or replaced.
    [[nodiscard]] PersistentMap with(std::string_view key, Value value) const
    {
        return PersistentMap(insert(m_root, 0, hashOf(key), Entry(std::string(key), std::move(value))));
    }
    [[nodiscard]] PersistentMap without(std::string_view key) const
    {
        return find(key) ? PersistentMap(remove(m_root, 0, hashOf(key), key)) : *this;
    }

private:
    static constexpr unsigned kBits = 5;
    static constexpr unsigned kHashBits = 60; // twelve levels; whoever still collides shares a leaf

    using Entry = std::pair<std::string, Value>;

    struct Node {
        std::uint32_t bitmap = 0;
        std::vector<std::shared_ptr<const Node>> children; // of a branch, one for each bit set
        std::uint64_t hash = 0;                            // of a leaf
        std::vector<Entry> entries;                        // of a leaf

        [[nodiscard]] bool isBranch() const noexcept { return entries.empty(); }
    };
    using NodePointer = std::shared_ptr<const Node>;

    explicit PersistentMap(NodePointer root) : m_root(std::move(root)) {}

    static std::uint64_t hashOf(std::string_view key) noexcept
    {
        return std::hash<std::string_view>{}(key) & ((std::uint64_t{1} << kHashBits) - 1);
    }
    static std::uint32_t bitAt(std::uint64_t hash, unsigned shift) noexcept
    {
        return std::uint32_t{1} << ((hash >> shift) & ((1U << kBits) - 1));
    }
    static std::size_t indexOf(std::uint32_t bitmap, std::uint32_t bit) noexcept
    {
        return static_cast<std::size_t>(std::popcount(bitmap & (bit - 1)));
    }

    static NodePointer leaf(std::uint64_t hash, Entry entry)
    {
        auto node = std::make_shared<Node>();
        node->hash = hash;
        node->entries.push_back(std::move(entry));
        return node;
    }

    static NodePointer insert(const NodePointer &node, unsigned shift, std::uint64_t hash, Entry entry)
    {
        if (!node)
            return leaf(hash, std::move(entry));
        auto copy = std::make_shared<Node>(*node);
        if (node->isBranch()) {
            const std::uint32_t bit = bitAt(hash, shift);
            const auto at = copy->children.begin() + static_cast<std::ptrdiff_t>(indexOf(copy->bitmap, bit));
            if (copy->bitmap & bit) {
                *at = insert(*at, shift + kBits, hash, std::move(entry));
            } else {
                copy->children.insert(at, leaf(hash, std::move(entry)));
                copy->bitmap |= bit;
            }
            return copy;
        }
        if (node->hash == hash) {
            const auto same = std::find_if(copy->entries.begin(), copy->entries.end(),
                                           [&entry](const Entry &candidate) { return candidate.first == entry.first; });
            if (same == copy->entries.end())
                copy->entries.push_back(std::move(entry));
            else
                same->second = std::move(entry.second);
            return copy;
        }
        // Two leaves where one was: a branch takes the old one, then the new one.
        auto branch = std::make_shared<Node>();
        branch->bitmap = bitAt(node->hash, shift);
        branch->children.push_back(node);
        return insert(branch, shift, hash, std::move(entry));
    }

    // The key is there.
    static NodePointer remove(const NodePointer &node, unsigned shift, std::uint64_t hash, std::string_view key)
    {
        auto copy = std::make_shared<Node>(*node);
        if (!node->isBranch()) {
            std::erase_if(copy->entries, [key](const Entry &entry) { return entry.first == key; });
            return copy->entries.empty() ? nullptr : NodePointer(copy);
        }
        const std::uint32_t bit = bitAt(hash, shift);
        const auto at = copy->children.begin() + static_cast<std::ptrdiff_t>(indexOf(copy->bitmap, bit));
        *at = remove(*at, shift + kBits, hash, key);
        if (!*at) {
            copy->children.erase(at);
            copy->bitmap &= ~bit;
        }
        // A branch with one leaf is that leaf, so that equal maps have equal shapes.
        if (copy->children.empty())
            return nullptr;
        if (copy->children.size() == 1 && !copy->children.front()->isBranch())
            return copy->children.front();
        return copy;
    }

    NodePointer m_root;
};

} // namespace mainstay::snapshot
