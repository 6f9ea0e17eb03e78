// SPDX-License-Identifier: GPL-3.0-or-later
// A thread with its loop.
#pragma once

#include "engine/loop.h"

#include <memory>
#include <string>
#include <thread>

namespace mainstay::engine {

using WorkerIndex = std::uint32_t;

// Control thread, but for post(). Everything on the loop belongs to its thread: set it up and take it down in jobs.
class Worker {
public:
    explicit Worker(WorkerIndex index);
    Worker(const Worker &) = delete;
    Worker &operator=(const Worker &) = delete;
    // Ends the loop and joins the thread.
    ~Worker();

    void start();
    // Any thread. The only door in.
    void post(Job job) { m_loop.post(std::move(job)); }

    [[nodiscard]] WorkerIndex index() const noexcept { return m_index; }
    // Worker thread.
    [[nodiscard]] Loop &loop() noexcept { return m_loop; }
    // Any thread.
    [[nodiscard]] const LoopCounters &counters() const noexcept { return m_loop.counters(); }

private:
    WorkerIndex m_index;
    Loop m_loop;
    std::thread m_thread;
};

} // namespace mainstay::engine
