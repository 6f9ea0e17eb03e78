// SPDX-License-Identifier: GPL-3.0-or-later
// Long work on a pool of threads, and the door by which other threads reach the control thread.
#pragma once

#include "engine/mailbox.h"

#include <QObject>
#include <QPointer>
#include <QSocketNotifier>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace mainstay::control {

// Shared. Made and destroyed by the control thread, which must be before the process begins to end: libraries tidy up
// behind its threads. Its locks are the standard library's, which ThreadSanitizer sees, as it does not see those of Qt.
class Background {
public:
    Background();
    // Does the work that waits, and drops what it posts.
    ~Background();
    Background(const Background &) = delete;
    Background &operator=(const Background &) = delete;

    // Any thread.
    void run(engine::Job work);
    // Control thread. Runs `work()` on the pool and then `finish(result)` on the control thread, unless `context` is
    // gone by then. `work` owns or shares all it touches; `finish`, and what it holds, is left alone by the pool.
    template <class Work, class Finish>
    void run(QObject *context, Work work, Finish finish);
    // Any thread. Runs the job on the control thread, in order, from its event loop.
    void post(engine::Job job) { m_mailbox.post(std::move(job)); }
    // Control thread. Waits until all work is done; what it posted may be waiting still.
    void waitForDone();

private:
    void work();

    engine::Mailbox m_mailbox;
    QSocketNotifier m_bell{m_mailbox.handle(), QSocketNotifier::Read};
    std::mutex m_mutex; // guards what follows
    std::condition_variable m_changed;
    std::deque<engine::Job> m_work;
    std::size_t m_running = 0;
    bool m_stopping = false;
    std::vector<std::thread> m_threads;
};

template <class Work, class Finish>
void Background::run(QObject *context, Work work, Finish finish)
{
    // Shared, because a job has to be copyable, and so that moving it leaves nothing behind.
    auto finishing = std::make_shared<std::pair<QPointer<QObject>, Finish>>(context, std::move(finish));
    auto working = std::make_shared<Work>(std::move(work));
    run([this, working = std::move(working), finishing = std::move(finishing)]() mutable {
        auto result = std::make_shared<decltype((*working)())>((*working)());
        working.reset();
        post([result, finishing = std::move(finishing)] {
            if (finishing->first)
                finishing->second(std::move(*result));
        });
    });
}

} // namespace mainstay::control
