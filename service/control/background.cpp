// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/background.h"

#include <algorithm>

namespace mainstay::control {

Background::Background()
{
    QObject::connect(&m_bell, &QSocketNotifier::activated, &m_bell, [this] { m_mailbox.run(); });
    const unsigned threads = std::max(2U, std::thread::hardware_concurrency());
    for (unsigned i = 0; i < threads; ++i)
        m_threads.emplace_back([this] { work(); });
}

Background::~Background()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_stopping = true;
    }
    m_changed.notify_all();
    for (std::thread &thread : m_threads)
        thread.join();
}

void Background::run(engine::Job work)
{
    {
        const std::scoped_lock lock(m_mutex);
        m_work.push_back(std::move(work));
    }
    m_changed.notify_all();
}

void Background::waitForDone()
{
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [this] { return m_work.empty() && m_running == 0; });
}

void Background::work()
{
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_changed.wait(lock, [this] { return m_stopping || !m_work.empty(); });
        if (m_work.empty())
            return;
        engine::Job job = std::move(m_work.front());
        m_work.pop_front();
        ++m_running;
        lock.unlock();
        job();
        job = nullptr; // what it holds goes before the work counts as done
        lock.lock();
        --m_running;
        m_changed.notify_all();
    }
}

} // namespace mainstay::control
