// SPDX-License-Identifier: GPL-3.0-or-later
// Owns one descriptor of the operating system.
#pragma once

#include "base/result.h"

#include <utility>

namespace mainstay::handover {

// Any thread, one at a time. Closes what it owns.
class Descriptor {
public:
    static constexpr int kNone = -1;

    Descriptor() = default;
    // Takes ownership.
    explicit Descriptor(int number) noexcept : m_number(number) {}
    Descriptor(Descriptor &&other) noexcept : m_number(other.release()) {}
    Descriptor &operator=(Descriptor &&other) noexcept
    {
        if (this != &other)
            reset(other.release());
        return *this;
    }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    ~Descriptor() { reset(); }

    [[nodiscard]] int number() const noexcept { return m_number; }
    [[nodiscard]] bool isOpen() const noexcept { return m_number != kNone; }
    // Gives ownership away.
    [[nodiscard]] int release() noexcept { return std::exchange(m_number, kNone); }
    // Closes what it owned and takes ownership of `number`.
    void reset(int number = kNone) noexcept;
    // A second descriptor for the same open file, closed on exec. Fails with "descriptor.exhausted".
    [[nodiscard]] Result<Descriptor> duplicate() const;

private:
    int m_number = kNone;
};

} // namespace mainstay::handover
