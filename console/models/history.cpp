// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/history.h"

namespace mainstay::models {
namespace {

double secondsOf(WallTime time)
{
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

History::Point pointOf(const Rates &rates)
{
    return {secondsOf(rates.time),
            {rates.http.requests, rates.http.p50, rates.http.p99, rates.http.errors, rates.connections, rates.queries,
             rates.cpuPercent, rates.memoryBytes}};
}

} // namespace

void History::take(const rpc::MetricsSample &sample)
{
    if (m_before && sample.time > m_before->time) {
        m_rates = ratesBetween(*m_before, sample);
        m_points.add(pointOf(*m_rates));
    }
    m_before = sample;
    if (m_rates)
        Q_EMIT advanced();
}

void History::interrupt()
{
    if (!m_before)
        return;
    m_before.reset();
    m_rates.reset();
    if (m_points.isEmpty())
        return;
    Point gap;
    gap.time = m_points.last().time;
    gap.values.fill(kUnknown);
    m_points.add(gap);
    Q_EMIT advanced();
}

} // namespace mainstay::models
