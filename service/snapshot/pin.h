// SPDX-License-Identifier: GPL-3.0-or-later
// How a coroutine keeps an object of a snapshot across a suspension, without a lock or an atomic.
#pragma once

#include "shared_state/per_worker.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace mainstay::snapshot {

class Reader;

// Immutable, but for the counts: each worker has its own and touches no other.
class Pinnable {
public:
    Pinnable(const Pinnable &) = delete;
    Pinnable &operator=(const Pinnable &) = delete;
    virtual ~Pinnable() = default;

protected:
    explicit Pinnable(std::uint32_t workers) : m_holds(workers) {}

private:
    friend class Reader;
    template <class T>
    friend class Pin;

    struct Hold {
        std::uint32_t pins = 0;
        // Set when a publish took the object away while this worker had it pinned: the last unpin lets it go.
        std::shared_ptr<const Pinnable> retired;
    };

    shared_state::PerWorker<Hold> m_holds;
};

// Worker thread. Keeps one object alive; hold it and not a reference into the snapshot.
template <class T>
class Pin {
public:
    Pin() = default;
    Pin(Pin &&other) noexcept
        : m_object(std::exchange(other.m_object, nullptr)), m_reader(std::exchange(other.m_reader, nullptr))
    {}
    Pin &operator=(Pin &&other) noexcept
    {
        std::swap(m_object, other.m_object);
        std::swap(m_reader, other.m_reader);
        return *this;
    }
    ~Pin() { reset(); }

    void reset() noexcept;

    [[nodiscard]] const T *get() const noexcept { return m_object; }
    [[nodiscard]] const T *operator->() const noexcept { return m_object; }
    [[nodiscard]] const T &operator*() const noexcept { return *m_object; }
    [[nodiscard]] explicit operator bool() const noexcept { return m_object != nullptr; }

private:
    friend class Reader;
    Pin(const T &object, Reader &reader) noexcept : m_object(&object), m_reader(&reader) {}

    const T *m_object = nullptr;
    Reader *m_reader = nullptr;
};

} // namespace mainstay::snapshot
