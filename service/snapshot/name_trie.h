// SPDX-License-Identifier: GPL-3.0-or-later
// A map from domain names whose versions share what they have in common.
#pragma once

#include "snapshot/counted.h"
#include "snapshot/name_trie_core.h"

#include <cassert>

namespace mainstay::snapshot {

// The ancestors of a name that a trie holds, the name itself included, from the root down.
template <class T>
class NamePath {
public:
    [[nodiscard]] bool isEmpty() const noexcept { return m_size == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return m_size; }
    [[nodiscard]] const T &operator[](std::size_t at) const noexcept
    {
        return *static_cast<const T *>(m_steps[at].leaf->pointer);
    }
    [[nodiscard]] std::uint64_t tag(std::size_t at) const noexcept { return m_steps[at].leaf->tag(); }
    // The longest of them. The path must not be empty.
    [[nodiscard]] const T &last() const noexcept { return (*this)[m_size - 1]; }
    // How many labels the longest has.
    [[nodiscard]] std::size_t lastLabels() const noexcept { return m_lastLabels; }
    // True when the trie holds names below the longest.
    [[nodiscard]] bool hasBelow() const noexcept { return m_steps[m_size - 1].branch != nullptr; }
    // What the trie holds for "*" directly below the longest, or null.
    [[nodiscard]] const T *wildcard() const noexcept;

private:
    template <class U>
    friend class NameTrie;

    struct Step {
        const trie::Node *leaf;
        const trie::Node *branch; // where the names below part from it; null when there are none
        std::size_t end;          // symbols of the leaf's key, if it is an ancestor
    };

    std::size_t m_size = 0;
    std::size_t m_lastLabels = 0;
    std::array<Step, wire::kMaxLabelCount + 1> m_steps; // the first m_size are set
};

// A version; copies cost nothing and share everything until one is changed, so to build the next version, copy and
// change. Readers of a version need no lock, and nothing a reader does writes to it.
//
// A qp-trie: a node holds a bitmap of the symbols that follow and, packed, a child for each. About 25 bytes a name
// besides the value. T derives from Counted<T> and has name(). Each value has a tag of 63 bits beside it.
template <class T>
class NameTrie {
public:
    NameTrie() noexcept : m_core(kType) {}

    [[nodiscard]] bool isEmpty() const noexcept { return m_core.isEmpty(); }
    [[nodiscard]] const T *find(const NameKey &key) const noexcept { return valueOf(m_core.find(key)); }
    struct Entry {
        const T *value = nullptr;
        std::uint64_t tag = 0;
    };
    // As find(), with the tag; both are nothing when there is no such name.
    [[nodiscard]] Entry findEntry(const NameKey &key) const noexcept
    {
        const trie::Node *leaf = m_core.find(key);
        return leaf ? Entry{valueOf(leaf), leaf->tag()} : Entry{};
    }
    // One descent for the closest encloser, the cuts on the way to it and the wildcard below it.
    void descend(const NameKey &key, NamePath<T> &path) const noexcept;
    // The last value before the key in canonical order.
    [[nodiscard]] const T *before(const NameKey &key) const noexcept { return valueOf(m_core.before(key)); }
    // In canonical order: visit(const T &, tag).
    template <class Visit>
    void forEach(Visit &&visit) const
    {
        trie::forEachLeaf(m_core.root(), [&](const trie::Node &leaf) { visit(*valueOf(&leaf), leaf.tag()); });
    }

    // Adds, or replaces the value of the same name. True when it was added.
    bool put(const NameKey &key, Ref<T> value, std::uint64_t tag = 0)
    {
        assert(key.name() == value->name());
        return m_core.put(key, value.detach(), tag);
    }
    // False when there was none.
    bool erase(const NameKey &key) { return m_core.erase(key); }

private:
    static const T *valueOf(const trie::Node *leaf) noexcept
    {
        return leaf ? static_cast<const T *>(leaf->pointer) : nullptr;
    }
    static constexpr trie::ValueType kType{
        [](const void *value) noexcept { T::retain(static_cast<const T *>(value)); },
        [](const void *value) noexcept { T::release(static_cast<const T *>(value)); },
        [](const void *value) noexcept { return static_cast<const T *>(value)->name(); },
    };

    trie::Core m_core;
};

template <class T>
void NameTrie<T>::descend(const NameKey &key, NamePath<T> &path) const noexcept
{
    path.m_size = 0;
    if (isEmpty())
        return;
    const trie::Node *node = &m_core.root();
    const trie::Node *passed = nullptr; // the last leaf put on the path
    while (!node->isLeaf()) {
        const std::size_t offset = node->offset();
        if (node->has(NameKey::kEndOfLabel) && key.endsLabel(offset) && node->twig(0)->isLeaf()) {
            passed = node->twig(0);
            path.m_steps[path.m_size++] = {passed, node, offset};
        }
        const std::uint8_t symbol = key[offset];
        if (!node->has(symbol)) {
            node = trie::firstLeaf(node);
            break;
        }
        node = node->twigOf(symbol);
    }

    // The descent compared some symbols only. Everything on the way shares with the leaf at its end what is before the
    // branch, so comparing that one leaf tells which are ancestors.
    const wire::NameView end = valueOf(node)->name();
    const bool exact = end == key.name();
    const std::size_t common = exact ? key.labelCount() : key.commonLabels(end);
    while (path.m_size > 0 && path.m_steps[path.m_size - 1].end > key.ancestorSize(common))
        --path.m_size;
    if (node != passed && (exact || end.labelCount() == common))
        path.m_steps[path.m_size++] = {node, nullptr, key.ancestorSize(common)};
    if (path.m_size == 0)
        return;
    const wire::NameView last = path.last().name();
    path.m_lastLabels = exact ? common : last.labelCount();
}

template <class T>
const T *NamePath<T>::wildcard() const noexcept
{
    const Step &step = m_steps[m_size - 1];
    if (!step.branch || !step.branch->has(NameKey::kWildcard))
        return nullptr;
    // After '*' the wildcard's key has ends of labels alone.
    const trie::Node *node = step.branch->twigOf(NameKey::kWildcard);
    while (!node->isLeaf()) {
        if (!node->has(NameKey::kEndOfLabel))
            return nullptr;
        node = node->twig(0);
    }
    const T *value = static_cast<const T *>(node->pointer);
    return value->name().isWildcard() && value->name().size() == last().name().size() + 2 ? value : nullptr;
}

} // namespace mainstay::snapshot
