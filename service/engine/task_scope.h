// SPDX-License-Identifier: GPL-3.0-or-later
// Tasks that run beside their starter, and the wait for the last of them.
#pragma once

#include "engine/task.h"

#include <cassert>
#include <cstddef>

namespace mainstay::engine {

// Worker thread. Counts the tasks started in it. It must outlive them: await empty() before it goes.
class TaskScope {
public:
    TaskScope() = default;
    TaskScope(const TaskScope &) = delete;
    TaskScope &operator=(const TaskScope &) = delete;
    ~TaskScope() { assert(m_running == 0); }

    // Runs the task at once, up to its first suspension.
    void start(Task<> task)
    {
        ++m_running;
        run(std::move(task));
    }

    [[nodiscard]] std::size_t running() const noexcept { return m_running; }

    // Resumes when no task runs any more. One waiter at a time.
    auto empty() noexcept
    {
        struct Awaiter {
            TaskScope &scope;
            bool await_ready() const noexcept { return scope.m_running == 0; }
            void await_suspend(std::coroutine_handle<> waiter) const noexcept { scope.m_waiter = waiter; }
            void await_resume() const noexcept {}
        };
        return Awaiter{*this};
    }

private:
    // Owns the task's frame and frees itself when the task has ended.
    struct Runner {
        struct promise_type {
            static void *operator new(std::size_t size) { return frames::allocate(size); }
            static void operator delete(void *frame, std::size_t size) noexcept { frames::release(frame, size); }
            Runner get_return_object() const noexcept { return {}; }
            std::suspend_never initial_suspend() const noexcept { return {}; }
            std::suspend_never final_suspend() const noexcept { return {}; }
            void return_void() const noexcept {}
            void unhandled_exception() const noexcept { std::terminate(); }
        };
    };

    Runner run(Task<> task)
    {
        {
            Task<> running = std::move(task);
            co_await running;
        }
        finish();
    }

    void finish()
    {
        if (--m_running == 0 && m_waiter)
            std::exchange(m_waiter, {}).resume();
    }

    std::size_t m_running = 0;
    std::coroutine_handle<> m_waiter;
};

} // namespace mainstay::engine
