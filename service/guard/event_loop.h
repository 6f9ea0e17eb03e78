// SPDX-License-Identifier: GPL-3.0-or-later
// Waits for descriptors and times, and calls back.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace mainstay::guard {

// One thread. Few entries are expected: every turn looks at all of them.
class EventLoop {
public:
    using Callback = std::function<void()>;

    // Its entry lives as long as it does. Must not outlive the loop.
    class Registration {
    public:
        Registration() = default;
        Registration(Registration &&other) noexcept : m_loop(std::exchange(other.m_loop, nullptr)), m_id(other.m_id) {}
        Registration &operator=(Registration &&other) noexcept
        {
            std::swap(m_loop, other.m_loop);
            std::swap(m_id, other.m_id);
            return *this;
        }
        Registration(const Registration &) = delete;
        Registration &operator=(const Registration &) = delete;
        ~Registration() { cancel(); }

        // Callable from within the callback itself.
        void cancel() noexcept;

    private:
        friend class EventLoop;
        Registration(EventLoop *loop, std::uint64_t id) : m_loop(loop), m_id(id) {}

        EventLoop *m_loop = nullptr;
        std::uint64_t m_id = 0;
    };

    // Called on every turn while the descriptor is readable (or its other end is gone).
    [[nodiscard]] Registration whenReadable(int descriptor, Callback callback);
    [[nodiscard]] Registration whenWritable(int descriptor, Callback callback);
    // Called once.
    [[nodiscard]] Registration after(Milliseconds delay, Callback callback);

    // Until quit().
    void run();
    void quit() noexcept { m_running = false; }

private:
    struct Watch {
        int descriptor;
        bool writing;
        Callback callback;
    };
    struct Timer {
        SteadyTime due;
        Callback callback;
    };

    void turn();
    void runTimers();

    std::map<std::uint64_t, Watch> m_watches;
    std::map<std::uint64_t, Timer> m_timers;
    std::uint64_t m_lastId = 0;
    bool m_running = false;
};

} // namespace mainstay::guard
