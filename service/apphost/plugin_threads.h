// SPDX-License-Identifier: GPL-3.0-or-later
// The threads that plugins run on.
#pragma once

#include <QThreadPool>

#include <atomic>
#include <functional>

namespace mainstay::apphost {

// Any thread. A handler that nobody waits for any more cannot be ended, so another thread takes the place of its one.
class PluginThreads {
public:
    // What waits at most, for each thread there may be.
    static constexpr int kWaitingEach = 64;
    // Threads that are replaced at most.
    static constexpr int kMostStuck = 64;

    void setSize(int threads) { m_pool.setMaxThreadCount(threads); }

    // False when too much waits already.
    [[nodiscard]] bool start(std::function<void()> work);
    void waitForDone() { m_pool.waitForDone(); }

    // Gives the place of a thread to another one, until takePlace(). False when too many are given.
    [[nodiscard]] bool givePlace();
    void takePlace();

private:
    QThreadPool m_pool;
    std::atomic<int> m_waiting = 0;
    std::atomic<int> m_stuck = 0;
};

} // namespace mainstay::apphost
