// SPDX-License-Identifier: GPL-3.0-or-later
#include "apphost/plugin_threads.h"

namespace mainstay::apphost {

bool PluginThreads::start(std::function<void()> work)
{
    if (m_waiting.fetch_add(1) >= kWaitingEach * m_pool.maxThreadCount()) {
        m_waiting.fetch_sub(1);
        return false;
    }
    m_pool.start([this, work = std::move(work)] {
        m_waiting.fetch_sub(1);
        work();
    });
    return true;
}

bool PluginThreads::givePlace()
{
    if (m_stuck.fetch_add(1) >= kMostStuck) {
        m_stuck.fetch_sub(1);
        return false;
    }
    m_pool.releaseThread();
    return true;
}

void PluginThreads::takePlace()
{
    m_pool.reserveThread();
    m_stuck.fetch_sub(1);
}

} // namespace mainstay::apphost
