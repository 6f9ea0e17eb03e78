// SPDX-License-Identifier: GPL-3.0-or-later
// A coroutine's pause.
#pragma once

#include "engine/loop.h"

#include <cassert>
#include <coroutine>
#include <utility>

namespace mainstay::engine {

// Worker thread. One wait at a time; it must end before the sleeper is destroyed, which wake() sees to.
class Sleeper : private Timer {
public:
    explicit Sleeper(Loop &loop) noexcept : m_loop(loop) {}
    ~Sleeper() override { assert(!m_waiter); }

    // True when the time has passed, false when woken before.
    auto sleep(Milliseconds duration) noexcept
    {
        struct Awaiter {
            Sleeper &sleeper;
            Milliseconds duration;
            bool await_ready() const noexcept { return false; }
            void await_suspend(std::coroutine_handle<> waiter) const noexcept
            {
                sleeper.m_waiter = waiter;
                sleeper.m_loop.timers().set(sleeper, duration);
            }
            bool await_resume() const noexcept { return sleeper.m_rested; }
        };
        return Awaiter{*this, duration};
    }
    void wake() noexcept { end(false); }

private:
    void onDue() override { end(true); }
    void end(bool rested) noexcept
    {
        if (!m_waiter)
            return;
        Timer::clear();
        m_rested = rested;
        m_loop.resumeSoon(std::exchange(m_waiter, {}));
    }

    Loop &m_loop;
    std::coroutine_handle<> m_waiter;
    bool m_rested = false;
};

} // namespace mainstay::engine
