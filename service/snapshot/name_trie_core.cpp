// SPDX-License-Identifier: GPL-3.0-or-later
// Insertion, removal and sharing of trie nodes.
#include "snapshot/name_trie_core.h"

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

namespace mainstay::snapshot::trie {

namespace {

Twigs *allocate(std::size_t count)
{
    void *memory = ::operator new(sizeof(Twigs) + count * sizeof(Node));
    auto *twigs = new (memory) Twigs(count);
    std::uninitialized_default_construct_n(twigs->nodes(), count);
    return twigs;
}

void deallocate(Twigs *twigs) noexcept
{
    twigs->~Twigs();
    ::operator delete(twigs);
}

} // namespace

Core::Core(const Core &other) noexcept : m_type(other.m_type), m_root(other.m_root)
{
    retain(m_root);
}

Core::~Core()
{
    release(m_root);
}

const Node *Core::nearest(const NameKey &key) const noexcept
{
    const Node *node = &m_root;
    while (!node->isLeaf()) {
        const std::uint8_t symbol = key[node->offset()];
        node = node->has(symbol) ? node->twigOf(symbol) : node->twig(0);
    }
    return node;
}

const Node *Core::find(const NameKey &key) const noexcept
{
    if (isEmpty())
        return nullptr;
    const Node *node = &m_root;
    while (!node->isLeaf()) {
        const std::uint8_t symbol = key[node->offset()];
        if (!node->has(symbol))
            return nullptr;
        node = node->twigOf(symbol);
    }
    return m_type->name(node->pointer) == key.name() ? node : nullptr;
}

const Node *Core::before(const NameKey &key) const noexcept
{
    if (isEmpty())
        return nullptr;
    const NameKey near = keyOf(*nearest(key));
    const std::size_t difference = key.firstDifference(near);
    const bool exact = near.name() == key.name();

    const Node *smaller = nullptr; // the subtree just before the path
    const Node *node = &m_root;
    while (!node->isLeaf() && (exact || node->offset() <= difference)) {
        const std::uint8_t symbol = key[node->offset()];
        const std::size_t rank = node->rank(symbol);
        if (rank > 0)
            smaller = node->twig(rank - 1);
        if (!node->has(symbol))
            return smaller ? lastLeaf(smaller) : nullptr;
        node = node->twig(rank);
    }
    if (!exact && near[difference] < key[difference])
        return lastLeaf(node);
    return smaller ? lastLeaf(smaller) : nullptr;
}

bool Core::put(const NameKey &key, const void *value, std::uint64_t tag)
{
    const Node leaf = Node::leaf(value, tag);
    if (isEmpty()) {
        m_root = leaf;
        return true;
    }
    const NameKey near = keyOf(*nearest(key));
    const bool replaces = near.name() == key.name();
    const std::size_t difference = replaces ? NameKey::kMaxSize : key.firstDifference(near);

    Node *node = &m_root;
    while (!node->isLeaf() && node->offset() < difference) {
        own(*node);
        node = node->twigOf(key[node->offset()]);
    }
    if (replaces) {
        m_type->release(std::exchange(*node, leaf).pointer);
        return false;
    }

    const std::uint8_t symbol = key[difference];
    if (!node->isLeaf() && node->offset() == difference) {
        own(*node);
        const std::size_t rank = node->rank(symbol);
        const std::size_t count = node->twigCount();
        Twigs *grown = allocate(count + 1);
        std::copy_n(node->twig(0), rank, grown->nodes());
        grown->nodes()[rank] = leaf;
        std::copy_n(node->twig(rank), count - rank, grown->nodes() + rank + 1);
        deallocate(std::exchange(*node, {node->word | Node::bit(symbol), grown}).twigs());
        return true;
    }
    const std::uint8_t other = near[difference];
    Twigs *twigs = allocate(2);
    twigs->nodes()[symbol < other ? 0 : 1] = leaf;
    twigs->nodes()[symbol < other ? 1 : 0] = *node;
    *node = Node::branch(difference, Node::bit(symbol) | Node::bit(other), twigs);
    return true;
}

bool Core::erase(const NameKey &key)
{
    if (!find(key))
        return false;
    Node *parent = nullptr;
    Node *node = &m_root;
    while (!node->isLeaf()) {
        own(*node);
        parent = node;
        node = node->twigOf(key[node->offset()]);
    }
    m_type->release(node->pointer);
    if (!parent) {
        m_root = {};
        return true;
    }
    const auto rank = static_cast<std::size_t>(node - parent->twig(0));
    const std::size_t count = parent->twigCount();
    Twigs *old = parent->twigs();
    if (count == 2) {
        *parent = old->nodes()[1 - rank];
    } else {
        Twigs *shrunk = allocate(count - 1);
        std::copy_n(old->nodes(), rank, shrunk->nodes());
        std::copy_n(old->nodes() + rank + 1, count - rank - 1, shrunk->nodes() + rank);
        *parent = {parent->word & ~Node::bit(key[parent->offset()]), shrunk};
    }
    deallocate(old);
    return true;
}

// Makes the branch's twigs this version's alone. Its own memory must be so already.
void Core::own(Node &branch)
{
    Twigs *shared = branch.twigs();
    if (shared->references.load(std::memory_order_acquire) == 1)
        return;
    Twigs *copy = allocate(shared->count);
    std::copy_n(shared->nodes(), shared->count, copy->nodes());
    std::for_each_n(copy->nodes(), copy->count, [this](const Node &node) { retain(node); });
    release(std::exchange(branch, {branch.word, copy}));
}

void Core::retain(const Node &node) const noexcept
{
    if (!node.pointer)
        return;
    if (node.isLeaf())
        m_type->retain(node.pointer);
    else
        node.twigs()->references.fetch_add(1, std::memory_order_relaxed);
}

void Core::release(Node node) const noexcept
{
    if (!node.pointer)
        return;
    // Dead twigs on the way from the root; offsets grow on it, so there are no more.
    struct Level {
        Twigs *twigs;
        std::uint32_t next;
    };
    std::array<Level, NameKey::kMaxSize> levels;
    std::size_t depth = 0;
    const auto drop = [&](const Node &dropped) {
        if (dropped.isLeaf())
            m_type->release(dropped.pointer);
        else if (dropped.twigs()->references.fetch_sub(1, std::memory_order_acq_rel) == 1)
            levels[depth++] = {dropped.twigs(), 0};
    };
    drop(node);
    while (depth > 0) {
        Level &level = levels[depth - 1];
        if (level.next < level.twigs->count) {
            drop(level.twigs->nodes()[level.next++]);
            continue;
        }
        deallocate(level.twigs);
        --depth;
    }
}

} // namespace mainstay::snapshot::trie
