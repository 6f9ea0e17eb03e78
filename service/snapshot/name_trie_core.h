// SPDX-License-Identifier: GPL-3.0-or-later
// Changing a name trie, whatever its values are.
#pragma once

#include "snapshot/name_trie_node.h"

namespace mainstay::snapshot::trie {

// What the trie needs to know of its values.
struct ValueType {
    void (*retain)(const void *value) noexcept;
    void (*release)(const void *value) noexcept;
    wire::NameView (*name)(const void *value) noexcept;
};

// One version: the root, which is empty when `pointer` is null. Changes happen in place where no other version shares
// the memory, and on copies where one does, so that filling a new trie copies nothing.
class Core {
public:
    explicit Core(const ValueType &type) noexcept : m_type(&type) {}
    Core(const Core &other) noexcept;
    Core(Core &&other) noexcept : m_type(other.m_type), m_root(std::exchange(other.m_root, {})) {}
    Core &operator=(Core other) noexcept
    {
        std::swap(m_type, other.m_type);
        std::swap(m_root, other.m_root);
        return *this;
    }
    ~Core();

    [[nodiscard]] const Node &root() const noexcept { return m_root; }
    [[nodiscard]] bool isEmpty() const noexcept { return m_root.pointer == nullptr; }

    // The leaf with exactly this key, or null.
    [[nodiscard]] const Node *find(const NameKey &key) const noexcept;
    // The leaf that comes last before the key, or null.
    [[nodiscard]] const Node *before(const NameKey &key) const noexcept;
    // Takes over one reference to the value. Replaces the value with the same key, and then is false.
    bool put(const NameKey &key, const void *value, std::uint64_t tag);
    // False when there is none.
    bool erase(const NameKey &key);

private:
    [[nodiscard]] const Node *nearest(const NameKey &key) const noexcept;
    [[nodiscard]] NameKey keyOf(const Node &leaf) const noexcept { return NameKey(m_type->name(leaf.pointer)); }
    void own(Node &branch);
    void retain(const Node &node) const noexcept;
    void release(Node node) const noexcept;

    const ValueType *m_type;
    Node m_root;
};

// Any leaf below, the first or the last in order.
[[nodiscard]] inline const Node *firstLeaf(const Node *node) noexcept
{
    while (!node->isLeaf())
        node = node->twig(0);
    return node;
}
[[nodiscard]] inline const Node *lastLeaf(const Node *node) noexcept
{
    while (!node->isLeaf())
        node = node->twig(node->twigCount() - 1);
    return node;
}

// Calls `visit(leaf)` for each leaf in canonical order.
template <class Visit>
void forEachLeaf(const Node &root, Visit &&visit)
{
    if (!root.pointer)
        return;
    struct Level {
        const Node *next;
        const Node *end;
    };
    std::array<Level, NameKey::kMaxSize + 1> levels; // offsets grow on the way down, so there are no more
    std::size_t depth = 0;
    levels[0] = {&root, &root + 1};
    for (;;) {
        while (levels[depth].next == levels[depth].end) {
            if (depth-- == 0)
                return;
        }
        const Node &node = *levels[depth].next++;
        if (node.isLeaf()) {
            visit(node);
            continue;
        }
        const Node *first = node.twig(0);
        levels[++depth] = {first, first + node.twigCount()};
    }
}

} // namespace mainstay::snapshot::trie
