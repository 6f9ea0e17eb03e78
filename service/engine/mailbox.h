// SPDX-License-Identifier: GPL-3.0-or-later
// The only door into a worker: jobs posted by other threads.
#pragma once

#include "engine/native_socket.h"

#include <functional>
#include <mutex>
#include <vector>

namespace mainstay::engine {

using Job = std::function<void()>;

// Shared. Any thread posts, in order; the owning loop runs. Wake-ups coalesce: a mailbox that is not empty has woken
// its loop already.
class Mailbox {
public:
    Mailbox();

    void post(Job job);
    // Owning thread.
    void run();
    // Readable when there are jobs; for the loop to watch.
    [[nodiscard]] NativeHandle handle() const noexcept { return m_signal.handle(); }

private:
    void wake() noexcept;
    void acknowledge() noexcept;

    NativeSocket m_signal;
    std::mutex m_mutex;
    std::vector<Job> m_jobs; // guarded by m_mutex
};

} // namespace mainstay::engine
