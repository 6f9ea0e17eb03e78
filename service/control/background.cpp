// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/background.h"

#include <QMetaObject>

#include <algorithm>

namespace mainstay::control {

Background &Background::instance()
{
    static Background background;
    return background;
}

Background::Background()
{
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

void Background::post(engine::Job job)
{
    const std::scoped_lock lock(m_mutex);
    m_posted.push_back(std::move(job));
    if (m_posted.size() == 1)
        QMetaObject::invokeMethod(this, &Background::runPosted, Qt::QueuedConnection);
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

void Background::runPosted()
{
    std::vector<engine::Job> jobs;
    {
        const std::scoped_lock lock(m_mutex);
        jobs.swap(m_posted);
    }
    for (engine::Job &job : jobs)
        std::exchange(job, nullptr)();
}

} // namespace mainstay::control
