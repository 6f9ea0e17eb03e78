// SPDX-License-Identifier: GPL-3.0-or-later
#include "databases/pool.h"

#include "databases/pool_threads.h"

namespace mainstay::databases {

Pool::Pool(Options options) : m_threads(std::make_shared<PoolThreads>(std::move(options))) {}

Pool::~Pool()
{
    m_threads->stop();
}

const Target &Pool::target() const
{
    return m_threads->options().target;
}

rpc::DatabasePool Pool::counters() const
{
    return m_threads->counters();
}

void Pool::submit(Job job)
{
    m_threads->submit(std::move(job));
}

} // namespace mainstay::databases
