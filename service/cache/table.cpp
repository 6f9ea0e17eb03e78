// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/table.h"

#include <algorithm>

namespace mainstay::cache {

namespace {

constexpr std::uint8_t kMostVisits = 3;
constexpr std::uint64_t kIndexSize = 320; // a variant, its place in the map and in two queues

} // namespace

std::uint64_t Table::costOfIndex(std::string_view text, std::string_view names, std::string_view values) noexcept
{
    return kIndexSize + text.size() + names.size() + values.size();
}

Table::Found Table::find(const Key &key, const Selector &selector)
{
    Found found;
    found.flight = key.hash;
    Shard &shard = shardOf(key.hash);
    const std::lock_guard lock(shard.mutex);
    const auto item = shard.items.find(key.hash);
    if (item == shard.items.end() || item->second.text != key.text)
        return found;
    std::string_view names; // that the values are of
    std::string values;
    for (const auto &variant : item->second.variants) {
        if (!variant->names.empty() && variant->names != names) {
            names = variant->names;
            values = selector.valuesOf(names);
            if (&variant == item->second.variants.data())
                found.flight = key.hash ^ std::hash<std::string_view>()(values);
        }
        const std::string_view told = variant->names.empty() ? std::string_view() : std::string_view(values);
        const std::string_view own = variant->values;
        if (own.size() != key.tag.size() + told.size() || !own.starts_with(key.tag) || !own.ends_with(told)) {
            found.hasOthers = true;
            continue;
        }
        found.serial = variant->serial;
        found.entry = variant->entry;
        if (found.entry) {
            variant->visits = std::min<std::uint8_t>(variant->visits + 1, kMostVisits);
        } else {
            found.file = variant->file;
            variant->wasRead = true;
        }
        return found;
    }
    return found;
}

std::uint64_t Table::insert(Shard &shard, Item &item, const Key &key, Draft draft, Gone &gone)
{
    auto variant = std::make_unique<Variant>();
    variant->hash = key.hash;
    variant->serial = m_serial.fetch_add(1, std::memory_order_relaxed) + 1;
    variant->names = std::move(draft.names);
    variant->values = std::move(draft.values);
    variant->share = std::move(draft.share);
    variant->isWriting = draft.willBeWritten;
    if (draft.entry)
        enterMemory(shard, *variant, std::move(draft.entry));
    if (draft.file.number != 0)
        enterDisk(shard, *variant, draft.file);
    const std::uint64_t serial = variant->serial;
    item.variants.insert(item.variants.begin(), std::move(variant));
    if (item.variants.size() > kVariants)
        remove(shard, *item.variants.back(), gone); // never the last one
    return serial;
}

std::uint64_t Table::put(const Key &key, Draft draft, Gone &gone)
{
    Shard &shard = shardOf(key.hash);
    const std::lock_guard lock(shard.mutex);
    if (const auto known = shard.items.find(key.hash); known != shard.items.end()) {
        if (known->second.text != key.text) {
            removeItem(shard, known, gone);
        } else {
            const auto same = std::ranges::find_if(known->second.variants, [&draft](const auto &variant) {
                return variant->names == draft.names && variant->values == draft.values;
            });
            if (same != known->second.variants.end())
                remove(shard, **same, gone);
        }
    }
    Item &item = shard.items[key.hash];
    if (item.text.empty())
        item.text = key.text;
    return insert(shard, item, key, std::move(draft), gone);
}

bool Table::putIfMissing(const Key &key, Draft draft, Gone &gone)
{
    Shard &shard = shardOf(key.hash);
    const std::lock_guard lock(shard.mutex);
    Item &item = shard.items[key.hash];
    if (item.text.empty())
        item.text = key.text;
    const bool isKnown = item.text != key.text || item.variants.size() >= kVariants ||
                         std::ranges::any_of(item.variants, [&draft](const auto &variant) {
                             return variant->names == draft.names && variant->values == draft.values;
                         });
    if (!isKnown)
        insert(shard, item, key, std::move(draft), gone);
    return !isKnown;
}

Table::Variant *Table::find(Shard &shard, std::uint64_t hash, std::uint64_t serial) noexcept
{
    const auto item = shard.items.find(hash);
    if (item == shard.items.end())
        return nullptr;
    for (const auto &variant : item->second.variants) {
        if (variant->serial == serial)
            return variant.get();
    }
    return nullptr;
}

void Table::promote(std::uint64_t hash, std::uint64_t serial, const std::shared_ptr<const Entry> &entry)
{
    Shard &shard = shardOf(hash);
    const std::lock_guard lock(shard.mutex);
    Variant *variant = find(shard, hash, serial);
    if (variant && !variant->entry)
        enterMemory(shard, *variant, entry);
}

bool Table::written(std::uint64_t hash, std::uint64_t serial, FilePlace file, Gone &gone)
{
    Shard &shard = shardOf(hash);
    const std::lock_guard lock(shard.mutex);
    Variant *variant = find(shard, hash, serial);
    if (!variant || !variant->isWriting)
        return false;
    variant->isWriting = false;
    if (file.number != 0)
        enterDisk(shard, *variant, file);
    else if (!variant->entry)
        remove(shard, *variant, gone);
    return file.number != 0;
}

void Table::dropVariant(std::uint64_t hash, std::uint64_t serial, Gone &gone)
{
    Shard &shard = shardOf(hash);
    const std::lock_guard lock(shard.mutex);
    if (Variant *variant = find(shard, hash, serial))
        remove(shard, *variant, gone);
}

void Table::drop(const Key &key, Gone &gone)
{
    Shard &shard = shardOf(key.hash);
    const std::lock_guard lock(shard.mutex);
    const auto item = shard.items.find(key.hash);
    if (item != shard.items.end() && item->second.text == key.text)
        removeItem(shard, item, gone);
}

void Table::dropIf(const std::function<bool(std::string_view text)> &isMeant, Gone &gone)
{
    for (Shard &shard : m_shards) {
        const std::lock_guard lock(shard.mutex);
        for (auto item = shard.items.begin(); item != shard.items.end();) {
            const auto current = item++;
            if (isMeant(current->second.text))
                removeItem(shard, current, gone);
        }
    }
}

void Table::enterMemory(Shard &shard, Variant &variant, std::shared_ptr<const Entry> entry)
{
    variant.bytes = entry->cost() + entry->content()->bytes.size();
    variant.entry = std::move(entry);
    variant.visits = 0;
    variant.queue = &shard.fresh;
    shard.fresh.push_front(&variant);
    variant.place = shard.fresh.begin();
    m_freshBytes.fetch_add(variant.bytes, std::memory_order_relaxed);
    m_entries.fetch_add(1, std::memory_order_relaxed);
}

void Table::leaveMemory(Shard &shard, Variant &variant, Gone &gone)
{
    if (!variant.entry)
        return;
    if (variant.queue == &shard.fresh)
        m_freshBytes.fetch_sub(variant.bytes, std::memory_order_relaxed);
    variant.queue->erase(variant.place);
    variant.queue = nullptr;
    gone.entries.push_back(std::move(variant.entry));
    variant.entry = nullptr;
    m_entries.fetch_sub(1, std::memory_order_relaxed);
}

void Table::enterDisk(Shard &shard, Variant &variant, FilePlace file)
{
    variant.file = file;
    variant.wasRead = false;
    shard.onDisk.push_front(&variant);
    variant.filePlace = shard.onDisk.begin();
    m_files.fetch_add(1, std::memory_order_relaxed);
}

void Table::leaveDisk(Shard &shard, Variant &variant, Gone &gone)
{
    if (variant.file.number == 0)
        return;
    shard.onDisk.erase(variant.filePlace);
    gone.files.push_back(std::exchange(variant.file, {}));
    m_files.fetch_sub(1, std::memory_order_relaxed);
}

void Table::remove(Shard &shard, Variant &variant, Gone &gone)
{
    const auto item = shard.items.find(variant.hash);
    leaveMemory(shard, variant, gone);
    leaveDisk(shard, variant, gone);
    gone.shares.push_back(std::move(variant.share));
    ++gone.variants;
    std::erase_if(item->second.variants, [&variant](const auto &one) { return one.get() == &variant; });
    if (item->second.variants.empty())
        shard.items.erase(item);
}

void Table::removeItem(Shard &shard, std::unordered_map<std::uint64_t, Item>::iterator item, Gone &gone)
{
    for (const auto &variant : item->second.variants) {
        leaveMemory(shard, *variant, gone);
        leaveDisk(shard, *variant, gone);
        gone.shares.push_back(std::move(variant->share));
        ++gone.variants;
    }
    shard.items.erase(item);
}

bool Table::evictFromMemory(std::uint64_t most, Gone &gone)
{
    for (std::size_t tried = 0; tried < 2 * kShards; ++tried) {
        Shard &shard = m_shards[m_next.fetch_add(1, std::memory_order_relaxed) % kShards];
        const std::lock_guard lock(shard.mutex);
        if (evict(shard, most, tried >= kShards, gone))
            return true;
    }
    return false;
}

// Each step either lets one go, or brings it to the main queue, or takes a visit from it: it comes to an end.
bool Table::evict(Shard &shard, std::uint64_t most, bool fromEither, Gone &gone)
{
    for (;;) {
        bool fromFresh = m_freshBytes.load(std::memory_order_relaxed) > most / kSmallPart;
        if (fromEither && (fromFresh ? shard.fresh : shard.main).empty())
            fromFresh = !fromFresh;
        Queue &queue = fromFresh ? shard.fresh : shard.main;
        if (queue.empty())
            return false;
        Variant &variant = *queue.back();
        if (variant.visits == 0) {
            if (variant.file.number != 0 || variant.isWriting)
                leaveMemory(shard, variant, gone);
            else
                remove(shard, variant, gone);
            return true;
        }
        if (fromFresh)
            m_freshBytes.fetch_sub(variant.bytes, std::memory_order_relaxed);
        variant.visits = fromFresh ? 0 : static_cast<std::uint8_t>(variant.visits - 1);
        shard.main.splice(shard.main.begin(), queue, variant.place);
        variant.queue = &shard.main;
    }
}

bool Table::evictFromDisk(Gone &gone)
{
    for (std::size_t tried = 0; tried < kShards; ++tried) {
        Shard &shard = m_shards[m_next.fetch_add(1, std::memory_order_relaxed) % kShards];
        const std::lock_guard lock(shard.mutex);
        while (!shard.onDisk.empty()) {
            Variant &variant = *shard.onDisk.back();
            if (variant.wasRead) {
                variant.wasRead = false;
                shard.onDisk.splice(shard.onDisk.begin(), shard.onDisk, variant.filePlace);
                continue;
            }
            if (variant.entry)
                leaveDisk(shard, variant, gone);
            else
                remove(shard, variant, gone);
            return true;
        }
    }
    return false;
}

} // namespace mainstay::cache
