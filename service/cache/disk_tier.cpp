// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/disk_tier.h"

#include "cache/disk_file.h"

#include <algorithm>
#include <utility>

namespace mainstay::cache {

namespace {

constexpr Seconds kPause{10}; // after trouble
constexpr Seconds kToldAgain{10};
constexpr Seconds kMostWait{30};
constexpr std::uint64_t kBlock = 4096; // a file takes whole ones

std::uint64_t spaceOf(std::uint64_t size)
{
    return (size / kBlock + 1) * kBlock;
}

std::int64_t ticks(SteadyTime time)
{
    return std::chrono::nanoseconds(time.time_since_epoch()).count();
}

std::optional<DiskRecord> readRecord(const DiskFile &file)
{
    std::string front(kFixedFront, '\0');
    if (!file.isOpen() || !file.read(0, front))
        return std::nullopt;
    const std::size_t size = sizeOfFront(front);
    if (size == 0 || size > file.size())
        return std::nullopt;
    front.resize(size);
    if (!file.read(kFixedFront, std::span(front).subspan(kFixedFront)))
        return std::nullopt;
    return readFront(front, file.size());
}

} // namespace

DiskTier::DiskTier(std::string folder, std::uint64_t limit, Hooks hooks)
    : m_folder(std::move(folder)), m_hooks(std::move(hooks)), m_limit(limit)
{}

void DiskTier::start()
{
    m_thread = std::thread([this] { run(); });
}

DiskTier::~DiskTier()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stop = true;
    }
    m_wake.notify_one();
    if (m_thread.joinable())
        m_thread.join();
}

bool DiskTier::isWilling() const noexcept
{
    return isLookedThrough() && limit() > 0 &&
           m_pausedUntil.load(std::memory_order_relaxed) < ticks(SteadyClock::now());
}

bool DiskTier::write(Order order)
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_orders.size() >= kMostWaiting)
            return false;
        m_orders.push_back(std::move(order));
    }
    m_wake.notify_one();
    return true;
}

void DiskTier::remove(const std::vector<FilePlace> &files)
{
    {
        const std::lock_guard lock(m_mutex);
        m_removals.insert(m_removals.end(), files.begin(), files.end());
    }
    m_wake.notify_one();
}

void DiskTier::removeNow(const std::vector<FilePlace> &files)
{
    for (const FilePlace &file : files) {
        DiskFile::remove(m_folder, file.number);
        m_used.fetch_sub(spaceOf(file.size), std::memory_order_relaxed);
    }
}

bool DiskTier::isStopped()
{
    const std::lock_guard lock(m_mutex);
    return m_stop;
}

void DiskTier::run()
{
    lookThrough();
    std::unique_lock lock(m_mutex);
    m_lookedThrough.store(true, std::memory_order_release);
    m_idle.notify_all();
    for (;;) {
        m_wake.wait(lock, [this] { return m_stop || !m_orders.empty() || !m_removals.empty(); });
        if (m_stop)
            return removeNow(std::exchange(m_removals, {})); // or the next start would find it
        m_isBusy = true;
        const std::vector<FilePlace> removals = std::exchange(m_removals, {});
        std::optional<Order> order;
        if (!m_orders.empty()) {
            order = std::move(m_orders.front());
            m_orders.pop_front();
        }
        lock.unlock();
        removeNow(removals);
        if (order)
            writeNow(*order);
        order.reset();
        lock.lock();
        m_isBusy = false;
        if (m_orders.empty() && m_removals.empty())
            m_idle.notify_all();
    }
}

void DiskTier::lookThrough()
{
    for (const std::uint64_t number : DiskFile::list(m_folder)) {
        if (isStopped())
            return;
        m_nextNumber = std::max(m_nextNumber, number + 1);
        std::optional<DiskRecord> record;
        {
            const DiskFile file = DiskFile::open(m_folder, number);
            record = readRecord(file);
            if (record)
                record->file = {number, file.size()};
        }
        if (!record) {
            DiskFile::remove(m_folder, number);
            continue;
        }
        const FilePlace place = record->file;
        m_used.fetch_add(spaceOf(place.size), std::memory_order_relaxed);
        if (!m_hooks.onFound(std::move(*record)))
            removeNow({place});
    }
    while (used() > limit() && m_hooks.makeRoom()) {
    }
}

void DiskTier::writeNow(const Order &order)
{
    const std::string front = writeFront(order.text, order.names, order.values, *order.entry);
    const std::string &content = order.entry->content()->bytes;
    const std::uint64_t size = front.size() + content.size();
    FilePlace place{0, size};
    if (front.size() <= kMostFront && spaceOf(size) <= limit()) {
        while (used() + spaceOf(size) > limit() && m_hooks.makeRoom()) {
        }
        if (used() + spaceOf(size) <= limit()) {
            const std::uint64_t number = m_nextNumber++;
            const Result<> written = DiskFile::write(m_folder, number, front, content);
            if (written) {
                place.number = number;
                m_used.fetch_add(spaceOf(size), std::memory_order_relaxed);
            } else {
                noteTrouble(written.error());
            }
        }
    }
    m_hooks.onWritten(order, place);
}

void DiskTier::noteTrouble(const Error &error)
{
    m_errors.fetch_add(1, std::memory_order_relaxed);
    const SteadyTime now = SteadyClock::now();
    m_pausedUntil.store(ticks(now + kPause), std::memory_order_relaxed);
    if (error.code == m_toldCode && now - m_toldAt < kToldAgain)
        return;
    m_toldCode = error.code;
    m_toldAt = now;
    if (m_hooks.onTrouble)
        m_hooks.onTrouble(error);
}

std::shared_ptr<const Entry> DiskTier::read(const FilePlace &place, std::string_view text, const Reserve &reserve,
                                            bool &isBroken)
{
    const DiskFile file = DiskFile::open(m_folder, place.number);
    const auto record = readRecord(file);
    wire::ResponseHead head;
    isBroken = !record || record->text != text || file.size() != place.size ||
               head.parse(record->head, wire::Method::get, wire::Http1Head::kMaxBytes) != wire::ParseStatus::complete;
    if (isBroken) {
        m_errors.fetch_add(file.isOpen() ? 1 : 0, std::memory_order_relaxed); // it may just have had to go
        return nullptr;
    }
    auto share = reserve(Entry::costOf(head));
    auto room = reserve(record->contentSize);
    if (!share || !room)
        return nullptr;
    std::string bytes(record->contentSize, '\0');
    if (!file.read(record->contentAt, bytes) || diskSum(bytes) != record->contentSum) {
        isBroken = true;
        m_errors.fetch_add(1, std::memory_order_relaxed);
        return nullptr;
    }
    auto content = std::make_shared<const Content>(Content{std::move(bytes), std::move(*room)});
    return std::make_shared<const Entry>(head, std::move(content), record->freshness, true, std::move(*share));
}

void DiskTier::waitLookedThrough()
{
    std::unique_lock lock(m_mutex);
    m_idle.wait_for(lock, kMostWait, [this] { return m_stop || isLookedThrough(); });
}

void DiskTier::waitForWork()
{
    std::unique_lock lock(m_mutex);
    m_idle.wait_for(lock, kMostWait,
                    [this] { return m_stop || (!m_isBusy && m_orders.empty() && m_removals.empty()); });
}

} // namespace mainstay::cache
