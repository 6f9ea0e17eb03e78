// SPDX-License-Identifier: GPL-3.0-or-later
// One worker's view of the current snapshot.
#pragma once

#include "snapshot/pin.h"
#include "snapshot/snapshot.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace mainstay::snapshot {

// What a publish hands to each worker.
struct Publication {
    std::shared_ptr<const Snapshot> snapshot;
    // Objects of the snapshot before that are not in this one.
    std::vector<std::shared_ptr<const Pinnable>> dropped;
};

// Worker thread.
class Reader {
public:
    // `release` takes what this worker will not touch again, to be freed elsewhere.
    using Release = std::function<void(std::shared_ptr<const void>)>;

    Reader(std::uint32_t worker, Release release) : m_worker(worker), m_release(std::move(release)) {}
    Reader(const Reader &) = delete;
    Reader &operator=(const Reader &) = delete;

    // Valid until the worker's next turn: nothing of it may be held across a suspension but through pin().
    [[nodiscard]] const Snapshot &current() const noexcept { return *m_snapshot; }
    [[nodiscard]] std::uint32_t worker() const noexcept { return m_worker; }

    template <class T>
    [[nodiscard]] Pin<T> pin(const T &object) noexcept
    {
        ++holdOf(object).pins;
        return Pin<T>(object, *this);
    }

    void adopt(std::shared_ptr<const Publication> publication)
    {
        for (const auto &object : publication->dropped) {
            Pinnable::Hold &hold = holdOf(*object);
            if (hold.pins > 0)
                hold.retired = object;
        }
        m_release(std::exchange(m_snapshot, publication->snapshot));
        m_release(std::move(publication));
    }

private:
    template <class T>
    friend class Pin;

    [[nodiscard]] Pinnable::Hold &holdOf(const Pinnable &object) const noexcept { return object.m_holds[m_worker]; }

    void unpin(const Pinnable &object)
    {
        Pinnable::Hold &hold = holdOf(object);
        if (--hold.pins == 0 && hold.retired)
            m_release(std::move(hold.retired));
    }

    std::uint32_t m_worker;
    Release m_release;
    std::shared_ptr<const Snapshot> m_snapshot = std::make_shared<const Snapshot>();
};

template <class T>
void Pin<T>::reset() noexcept
{
    if (!m_object)
        return;
    m_reader->unpin(*std::exchange(m_object, nullptr));
    m_reader = nullptr;
}

} // namespace mainstay::snapshot
