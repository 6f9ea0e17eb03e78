// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers that one thread writes and any thread reads.
#pragma once

#include <atomic>
#include <cstdint>

namespace mainstay {

// Shared. Written by its one owning thread alone, which is why add() is a load and a store and not a locked
// read-modify-write. Readers may see a slightly older value, never a torn one.
class Counter {
public:
    void add(std::uint64_t amount) noexcept
    {
        m_value.store(m_value.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }
    // For gauges: what add() counted and is no longer so.
    void subtract(std::uint64_t amount) noexcept { add(~amount + 1); }
    void raiseTo(std::uint64_t value) noexcept
    {
        if (value > m_value.load(std::memory_order_relaxed))
            m_value.store(value, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t value() const noexcept { return m_value.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> m_value = 0;
};

} // namespace mainstay
