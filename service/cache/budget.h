// SPDX-License-Identifier: GPL-3.0-or-later
// The memory of a cache: nothing of it is made before there is room, and what is made counts until it is freed.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace mainstay::cache {

// Shared.
class Budget {
public:
    explicit Budget(std::uint64_t limit) : m_limit(limit) {}
    Budget(const Budget &) = delete;
    Budget &operator=(const Budget &) = delete;

    void setLimit(std::uint64_t bytes) noexcept { m_limit.store(bytes, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t limit() const noexcept { return m_limit.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t used() const noexcept { return m_used.load(std::memory_order_relaxed); }

    // False when there is no room.
    [[nodiscard]] bool take(std::uint64_t bytes) noexcept
    {
        const std::uint64_t most = limit();
        std::uint64_t before = m_used.load(std::memory_order_relaxed);
        do {
            if (before > most || bytes > most - before)
                return false;
        } while (!m_used.compare_exchange_weak(before, before + bytes, std::memory_order_relaxed));
        return true;
    }
    void giveBack(std::uint64_t bytes) noexcept { m_used.fetch_sub(bytes, std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> m_limit;
    std::atomic<std::uint64_t> m_used = 0;
};

// Any thread, one owner. So many bytes of a budget, which outlives it, until it goes.
class Share {
public:
    Share() = default;
    // They have been taken.
    Share(Budget &budget, std::uint64_t bytes) noexcept : m_budget(&budget), m_bytes(bytes) {}
    Share(Share &&other) noexcept
        : m_budget(std::exchange(other.m_budget, nullptr)), m_bytes(std::exchange(other.m_bytes, 0))
    {}
    Share &operator=(Share &&other) noexcept
    {
        std::swap(m_budget, other.m_budget);
        std::swap(m_bytes, other.m_bytes);
        return *this;
    }
    ~Share()
    {
        if (m_budget)
            m_budget->giveBack(m_bytes);
    }

    [[nodiscard]] std::uint64_t bytes() const noexcept { return m_bytes; }
    // Takes over what the other one has.
    void join(Share other) noexcept
    {
        if (!m_budget)
            m_budget = other.m_budget;
        m_bytes += std::exchange(other.m_bytes, 0);
    }
    // Keeps so many, and gives the others back.
    void shrinkTo(std::uint64_t bytes) noexcept
    {
        if (m_budget && bytes < m_bytes)
            m_budget->giveBack(std::exchange(m_bytes, bytes) - bytes);
    }

private:
    Budget *m_budget = nullptr;
    std::uint64_t m_bytes = 0;
};

} // namespace mainstay::cache
