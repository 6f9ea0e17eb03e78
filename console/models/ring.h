// SPDX-License-Identifier: GPL-3.0-or-later
// The last N values, in memory that is taken once.
#pragma once

#include <array>
#include <cstddef>

namespace mainstay::models {

// Interface thread. Index 0 is the oldest value kept.
template <class T, std::size_t N>
class Ring {
public:
    static constexpr std::size_t kCapacity = N;

    void add(const T &value)
    {
        m_values[(m_first + m_size) % N] = value;
        if (m_size < N)
            ++m_size;
        else
            m_first = (m_first + 1) % N;
    }

    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] bool isEmpty() const { return m_size == 0; }
    [[nodiscard]] const T &operator[](std::size_t index) const { return m_values[(m_first + index) % N]; }
    [[nodiscard]] const T &last() const { return (*this)[m_size - 1]; }

private:
    std::array<T, N> m_values{};
    std::size_t m_first = 0;
    std::size_t m_size = 0;
};

} // namespace mainstay::models
