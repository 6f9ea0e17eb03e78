// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/worker.h"

#include <csignal>
#include <pthread.h>
#include <string>

namespace mainstay::engine {

Worker::Worker(WorkerIndex index) : m_index(index) {}

Worker::~Worker()
{
    if (!m_thread.joinable())
        return;
    m_loop.stop();
    m_thread.join();
}

void Worker::start()
{
    m_thread = std::thread([this] {
        // Signals are the control thread's business.
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
        ::pthread_setname_np(::pthread_self(), ("worker-" + std::to_string(m_index)).c_str());
        m_loop.run();
    });
}

} // namespace mainstay::engine
