// SPDX-License-Identifier: GPL-3.0-or-later
// One value for each worker, each on cache lines of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace mainstay::shared_state {

// Shared. Which thread may do what with a value is for T to say; counters are written by their worker alone.
template <class T>
class PerWorker {
public:
    explicit PerWorker(std::uint32_t workers) : m_workers(workers), m_slots(std::make_unique<Slot[]>(workers)) {}

    [[nodiscard]] std::uint32_t size() const noexcept { return m_workers; }
    [[nodiscard]] T &operator[](std::uint32_t worker) const noexcept { return m_slots[worker].value; }

private:
    struct alignas(64) Slot {
        T value;
    };

    std::uint32_t m_workers;
    std::unique_ptr<Slot[]> m_slots;
};

} // namespace mainstay::shared_state
