// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/cpu_usage.h"

#include "models/rates.h"

#include <algorithm>

namespace mainstay::models {

void CpuUsage::take(const std::vector<rpc::AppStatus> &apps, SteadyTime time)
{
    const double elapsed = std::chrono::duration<double>(time - m_time).count();
    decltype(m_uses) uses;
    for (const rpc::AppStatus &app : apps) {
        for (const rpc::InstanceStatus &instance : app.instances) {
            const std::pair key(app.name, instance.name);
            Use use{instance.pid, instance.cpuSeconds, kUnknown};
            if (const auto was = m_uses.find(key); was != m_uses.end() && was->second.pid == use.pid && elapsed > 0)
                use.percent = std::max(0.0, use.seconds - was->second.seconds) / elapsed * 100;
            uses.emplace(key, use);
        }
    }
    m_uses = std::move(uses);
    m_time = time;
}

double CpuUsage::percentOf(const std::string &app, const std::string &instance) const
{
    const auto found = m_uses.find({app, instance});
    return found == m_uses.end() ? kUnknown : found->second.percent;
}

} // namespace mainstay::models
