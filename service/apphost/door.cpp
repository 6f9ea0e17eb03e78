// SPDX-License-Identifier: GPL-3.0-or-later
#include "apphost/door.h"

#include <utility>

namespace mainstay::apphost {

void Door::post(Job job)
{
    const std::scoped_lock lock(m_mutex);
    m_jobs.push_back(std::move(job));
    if (m_jobs.size() == 1) // otherwise the bell has been rung
        QMetaObject::invokeMethod(this, &Door::run, Qt::QueuedConnection);
}

void Door::run()
{
    std::vector<Job> jobs;
    {
        const std::scoped_lock lock(m_mutex);
        jobs.swap(m_jobs);
    }
    for (const Job &job : jobs)
        job();
}

} // namespace mainstay::apphost
