// SPDX-License-Identifier: GPL-3.0-or-later
// Small immutable objects that versions of a structure share, in millions: a count inside and a pointer outside.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace mainstay::snapshot {

// Shared. The count is of versions, so only whoever builds or frees one touches it, never a reader of one. T is the
// derived class; T::destroy() frees it.
template <class T>
class Counted {
public:
    Counted(const Counted &) = delete;
    Counted &operator=(const Counted &) = delete;

    static void retain(const T *object) noexcept
    {
        static_cast<const Counted *>(object)->m_references.fetch_add(1, std::memory_order_relaxed);
    }
    static void release(const T *object) noexcept
    {
        // The last one out must see what all others did before they left.
        if (static_cast<const Counted *>(object)->m_references.fetch_sub(1, std::memory_order_acq_rel) == 1)
            T::destroy(object);
    }

protected:
    Counted() noexcept = default;
    ~Counted() = default;

private:
    mutable std::atomic<std::uint32_t> m_references = 1; // the creator's
};

// Holds one count.
template <class T>
class Ref {
public:
    Ref() noexcept = default;
    // Takes over the creator's count.
    static Ref adopt(const T *object) noexcept { return Ref(object); }
    static Ref share(const T *object) noexcept
    {
        if (object)
            T::retain(object);
        return Ref(object);
    }
    Ref(const Ref &other) noexcept : Ref(share(other.m_object)) {}
    Ref(Ref &&other) noexcept : m_object(std::exchange(other.m_object, nullptr)) {}
    Ref &operator=(Ref other) noexcept
    {
        std::swap(m_object, other.m_object);
        return *this;
    }
    ~Ref()
    {
        if (m_object)
            T::release(m_object);
    }

    [[nodiscard]] const T *get() const noexcept { return m_object; }
    [[nodiscard]] const T *operator->() const noexcept { return m_object; }
    [[nodiscard]] const T &operator*() const noexcept { return *m_object; }
    [[nodiscard]] explicit operator bool() const noexcept { return m_object != nullptr; }
    // Gives the count to the caller.
    [[nodiscard]] const T *detach() noexcept { return std::exchange(m_object, nullptr); }

private:
    explicit Ref(const T *object) noexcept : m_object(object) {}

    const T *m_object = nullptr;
};

} // namespace mainstay::snapshot
