// SPDX-License-Identifier: GPL-3.0-or-later
// One thread's event loop: readiness, deadlines, jobs from other threads.
#pragma once

#include "base/clock.h"
#include "engine/buffer_pool.h"
#include "engine/counters.h"
#include "engine/mailbox.h"
#include "engine/native_socket.h"
#include "engine/pipe.h"
#include "engine/timer_wheel.h"

#include <coroutine>
#include <cstdint>
#include <memory>
#include <vector>

namespace mainstay::engine {

class Interference;
class Loop;

// What the system says of a handle. `closed`: the peer ended its side, or the handle failed; reading tells which.
struct Readiness {
    bool readable = false;
    bool writable = false;
    bool closed = false;
};

// Worker thread. Something registered with the loop. It may be destroyed in any callback.
class Descriptor {
public:
    enum class Trigger : std::uint8_t { edge, level };

    Descriptor(Loop &loop, NativeSocket socket, Trigger trigger);
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    virtual ~Descriptor();

    [[nodiscard]] NativeHandle handle() const noexcept { return m_socket.handle(); }
    [[nodiscard]] Loop &loop() const noexcept { return m_loop; }
    // False when the system had no room to register it; the loop will then never report it.
    [[nodiscard]] bool isRegistered() const noexcept { return m_registered; }

protected:
    virtual void onReady(Readiness readiness) = 0;
    // Ends reports until watch() begins them anew, which is false when the system has no room.
    void unwatch() noexcept;
    bool watch();
    // Ends reports and closes the handle.
    void closeDescriptor() noexcept;
    // Ends reports and gives the handle away.
    [[nodiscard]] NativeSocket release() noexcept
    {
        unwatch();
        return std::move(m_socket);
    }

private:
    friend class Loop;
    Loop &m_loop;
    NativeSocket m_socket;
    Trigger m_trigger;
    bool m_registered = false;
};

// Worker thread, but for post() and stop().
class Loop {
public:
    explicit Loop(Interference *interference = nullptr);
    Loop(const Loop &) = delete;
    Loop &operator=(const Loop &) = delete;
    ~Loop();

    // Runs until stop().
    void run();
    // One turn, waiting at most that long for something to happen. For tests.
    void turn(Milliseconds longestWait);
    // Any thread. The turn under way is finished.
    void stop();
    // Any thread.
    void post(Job job) { m_mailbox.post(std::move(job)); }

    // The time this turn began.
    [[nodiscard]] SteadyTime now() const noexcept { return m_now; }
    [[nodiscard]] TimerWheel &timers() noexcept { return m_timers; }
    [[nodiscard]] BufferPool &buffers() noexcept { return m_buffers; }
    [[nodiscard]] PipePool &pipes() noexcept { return m_pipes; }
    [[nodiscard]] LoopCounters &counters() noexcept { return m_counters; }
    [[nodiscard]] const LoopCounters &counters() const noexcept { return m_counters; }
    [[nodiscard]] Interference *interference() const noexcept { return m_interference; }

    // Resumes the coroutine in this turn, after whatever runs now has returned.
    void resumeSoon(std::coroutine_handle<> waiter) { m_ready.push_back(waiter); }
    // co_await it to let everybody else have a turn first.
    auto yield() noexcept
    {
        struct Awaiter {
            Loop &loop;
            bool await_ready() const noexcept { return false; }
            void await_suspend(std::coroutine_handle<> waiter) const { loop.m_yielded.push_back(waiter); }
            void await_resume() const noexcept {}
        };
        return Awaiter{*this};
    }
    // co_await it to go on at the end of this turn, when all that happened has been answered.
    auto endOfTurn() noexcept
    {
        struct Awaiter {
            Loop &loop;
            bool await_ready() const noexcept { return false; }
            void await_suspend(std::coroutine_handle<> waiter) const { loop.m_last.push_back(waiter); }
            void await_resume() const noexcept {}
        };
        return Awaiter{*this};
    }
    // Calls onReady({}) of the descriptor in the next turn. For operations put off by an interference.
    void retryLater(Descriptor &descriptor) { m_retries.push_back(&descriptor); }
    // Measures the turn under way into longestWatchedTurn and costliestWatchedTurn. For jobs that were posted.
    void watchTurn() noexcept { m_watched = true; }

private:
    friend class Descriptor;

    struct System; // epoll here, a completion port on Windows

    bool watch(Descriptor &descriptor);
    void forget(Descriptor &descriptor) noexcept;
    // False when there is more to dispatch, in the next turn.
    [[nodiscard]] bool waitAndDispatch(Milliseconds longestWait);
    void resumeReady();
    void runRetries();
    // What this thread has had of its processor.
    [[nodiscard]] static std::chrono::microseconds processorTime() noexcept;

    Interference *m_interference;
    SteadyTime m_now;
    Mailbox m_mailbox;
    LoopCounters m_counters;
    BufferPool m_buffers;
    PipePool m_pipes;
    TimerWheel m_timers;
    std::unique_ptr<System> m_system;
    std::vector<std::coroutine_handle<>> m_ready;
    std::vector<std::coroutine_handle<>> m_yielded;
    std::vector<std::coroutine_handle<>> m_last; // in this turn
    std::vector<Descriptor *> m_retries;
    std::vector<Descriptor *> m_retrying;      // in this turn
    std::chrono::microseconds m_costBefore{0}; // processorTime() as the turn began, if it runs jobs
    bool m_watched = false;
    bool m_stopping = false;
};

} // namespace mainstay::engine
