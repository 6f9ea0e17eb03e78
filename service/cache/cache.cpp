// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/cache.h"

#include <algorithm>

namespace mainstay::cache {

namespace {

constexpr std::uint32_t kMostReading = 64; // from the disk at a time
constexpr std::size_t kMostEarly = 10'000;
constexpr std::size_t kMostEarlyPurges = 100;
constexpr std::size_t kLongestKey = 8192;
// What is being sent is not freed by being let go: so many times what is wanted, and then there is no room.
constexpr std::uint64_t kPatience = 4;
constexpr std::uint64_t kLeastPatience = std::uint64_t{64} * 1024;

std::string_view pathOf(std::string_view url)
{
    const std::size_t scheme = url.find("://");
    const std::size_t slash = scheme == std::string_view::npos ? 0 : url.find('/', scheme + 3);
    return slash == std::string_view::npos ? std::string_view() : url.substr(slash);
}

bool isMeant(const Purge &purge, std::string_view text)
{
    const std::size_t end = text.find('\n');
    const std::string_view url = text.substr(end + 1);
    if (!purge.site.empty() && text.substr(0, end) != purge.site)
        return false;
    const auto part = [url](const std::string &wanted) { return wanted.starts_with('/') ? pathOf(url) : url; };
    return (purge.prefix.empty() || part(purge.prefix).starts_with(purge.prefix)) &&
           (purge.url.empty() || part(purge.url) == purge.url);
}

} // namespace

Cache::Cache(std::string name, std::uint32_t workers, const Limits &limits, Surroundings surroundings)
    : m_name(std::move(name)), m_counts(workers), m_budget(limits.memory), m_incoming(limits.memory / kIncomingPart)
{
    setLimits(limits);
    if (limits.disk == 0 || surroundings.folder.empty())
        return;
    DiskTier::Hooks hooks;
    hooks.onFound = [this](DiskRecord record) { return takeFound(std::move(record)); };
    hooks.onWritten = [this](const DiskTier::Order &order, FilePlace file) { takeWritten(order, file); };
    hooks.makeRoom = [this] { return makeDiskRoom(); };
    hooks.onTrouble = std::move(surroundings.onTrouble);
    m_disk = std::make_unique<DiskTier>(std::move(surroundings.folder), limits.disk, std::move(hooks));
    m_disk->start();
}

Cache::~Cache() = default;

void Cache::setLimits(const Limits &limits)
{
    m_budget.setLimit(limits.memory);
    m_incoming.setLimit(limits.memory / kIncomingPart);
    m_largestObject.store(limits.largestObject, std::memory_order_relaxed);
    m_wait.store(limits.wait.count(), std::memory_order_relaxed);
    if (m_disk)
        m_disk->setLimit(limits.disk);
    // What is above it now has to go.
    while (m_budget.used() > m_budget.limit()) {
        Table::Gone gone;
        if (!m_table.evictFromMemory(m_budget.limit(), gone))
            break;
        letGo(std::move(gone));
    }
}

std::optional<Share> Cache::reserve(std::uint64_t bytes)
{
    const std::uint64_t patience = std::max(bytes * kPatience, kLeastPatience);
    for (std::uint64_t freed = 0; !m_budget.take(bytes);) {
        Table::Gone gone;
        if (bytes > m_budget.limit() || freed > patience)
            return std::nullopt;
        if (!m_table.evictFromMemory(m_budget.limit(), gone) && !m_table.evictFromDisk(gone))
            return std::nullopt;
        m_evicted.fetch_add(1, std::memory_order_relaxed);
        for (const auto &entry : gone.entries)
            freed += entry->cost() + entry->content()->bytes.size();
        for (const Share &share : gone.shares)
            freed += share.bytes();
        letGo(std::move(gone));
    }
    return Share(m_budget, bytes);
}

std::optional<Share> Cache::takeIncoming(std::uint64_t bytes) noexcept
{
    if (!m_incoming.take(bytes))
        return std::nullopt;
    return Share(m_incoming, bytes);
}

void Cache::letGo(Table::Gone gone)
{
    if (m_disk && !gone.files.empty())
        m_disk->remove(gone.files);
}

std::uint64_t Cache::put(const Key &key, std::string names, std::string values, std::shared_ptr<const Entry> entry)
{
    if (key.text.size() > kLongestKey || values.size() > kLongestKey)
        return 0;
    auto share = reserve(Table::costOfIndex(key.text, names, values));
    if (!share)
        return 0;
    const bool isForDisk = m_disk && m_disk->isWilling();
    DiskTier::Order order;
    if (isForDisk)
        order = {key.hash, 0, std::string(key.text), names, values, entry};
    Table::Gone gone;
    order.serial = m_table.put(
        key, {std::move(names), std::move(values), std::move(entry), {}, std::move(*share), isForDisk}, gone);
    m_stored.fetch_add(1, std::memory_order_relaxed);
    letGo(std::move(gone));
    const std::uint64_t serial = order.serial;
    if (isForDisk && !m_disk->write(order))
        takeWritten(order, {});
    return serial;
}

void Cache::takeWritten(const DiskTier::Order &order, FilePlace file)
{
    Table::Gone gone;
    const bool isWanted = m_table.written(order.hash, order.serial, file, gone);
    if (!isWanted && file.number != 0)
        gone.files.push_back(file);
    letGo(std::move(gone));
}

void Cache::readBehind(const Key &key, const Table::Found &found, Flights::Lead lead, const Pool &pool)
{
    if (m_reading.fetch_add(1, std::memory_order_relaxed) >= kMostReading || !m_disk) {
        m_reading.fetch_sub(1, std::memory_order_relaxed);
        return;
    }
    // Shared, because a job has to be copyable.
    auto leading = std::make_shared<Flights::Lead>(std::move(lead));
    pool([self = shared_from_this(), hash = key.hash, text = std::string(key.text), found, leading] {
        bool isBroken = false;
        const auto entry = self->m_disk->read(
            found.file, text, [&self](std::uint64_t bytes) { return self->reserve(bytes); }, isBroken);
        if (entry)
            self->m_table.promote(hash, found.serial, entry);
        if (isBroken)
            self->dropVariant(hash, found.serial);
        self->m_reading.fetch_sub(1, std::memory_order_relaxed);
        leading->end();
    });
}

void Cache::dropVariant(std::uint64_t hash, std::uint64_t serial)
{
    Table::Gone gone;
    m_table.dropVariant(hash, serial, gone);
    letGo(std::move(gone));
}

void Cache::invalidate(std::string_view text)
{
    const Key gone = key(text, {});
    m_flights.doom(gone.hash);
    if (m_disk && !m_disk->isLookedThrough()) {
        const std::lock_guard lock(m_earlyMutex);
        if (m_early.size() < kMostEarly)
            m_early.insert(gone.hash);
    }
    Table::Gone dropped;
    m_table.drop(gone, dropped);
    letGo(std::move(dropped));
}

std::uint64_t Cache::purge(const Purge &purge)
{
    if (m_disk) {
        m_disk->waitLookedThrough();
        const std::lock_guard lock(m_earlyMutex);
        if (!m_disk->isLookedThrough() && m_earlyPurges.size() < kMostEarlyPurges)
            m_earlyPurges.push_back(purge);
    }
    m_flights.doomAll();
    Table::Gone gone;
    m_table.dropIf([&purge](std::string_view text) { return isMeant(purge, text); }, gone);
    const std::uint64_t count = gone.variants;
    letGo(std::move(gone));
    if (m_disk)
        m_disk->waitForWork();
    return count;
}

bool Cache::makeDiskRoom()
{
    Table::Gone gone;
    if (!m_table.evictFromDisk(gone))
        return false;
    m_evicted.fetch_add(1, std::memory_order_relaxed);
    m_disk->removeNow(gone.files);
    return true;
}

bool Cache::takeFound(DiskRecord record)
{
    const Key found = key(record.text, {});
    // So much of the memory is for knowing what is on the disk; the rest for what is asked for.
    const std::uint64_t cost = Table::costOfIndex(record.text, record.names, record.values);
    if (m_foundBytes + cost > m_budget.limit() / 2)
        return false;
    auto share = reserve(cost);
    if (!share)
        return false;
    Table::Gone gone;
    bool isKept = false;
    {
        // Until it is in the table: what is forgotten after that is found there.
        const std::lock_guard lock(m_earlyMutex);
        if (m_early.size() >= kMostEarly || m_early.contains(found.hash) || m_earlyPurges.size() >= kMostEarlyPurges ||
            std::any_of(m_earlyPurges.begin(), m_earlyPurges.end(),
                        [&record](const Purge &purge) { return isMeant(purge, record.text); }))
            return false;
        isKept = m_table.putIfMissing(
            found, {std::move(record.names), std::move(record.values), nullptr, record.file, std::move(*share), false},
            gone);
    }
    letGo(std::move(gone));
    m_foundBytes += isKept ? cost : 0;
    return isKept;
}

Cache::Usage Cache::usage() const noexcept
{
    Usage usage;
    usage.entries = m_table.entries();
    usage.memory = m_budget.used();
    usage.memoryLimit = m_budget.limit();
    usage.files = m_table.files();
    usage.stored = m_stored.load(std::memory_order_relaxed);
    usage.evicted = m_evicted.load(std::memory_order_relaxed);
    if (m_disk) {
        usage.disk = m_disk->used();
        usage.diskLimit = m_disk->limit();
        usage.diskErrors = m_disk->errors();
    }
    return usage;
}

void Cache::settle()
{
    if (!m_disk)
        return;
    m_disk->waitLookedThrough();
    m_disk->waitForWork();
}

} // namespace mainstay::cache
