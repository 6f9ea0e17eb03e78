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

// What is known without a sample before.
History::Point firstPoint(const rpc::MetricsSample &sample)
{
    History::Point point;
    point.time = secondsOf(sample.time);
    point.values.fill(kUnknown);
    point.values[static_cast<std::size_t>(Series::connections)] = static_cast<double>(sample.process.openConnections);
    point.values[static_cast<std::size_t>(Series::memory)] = static_cast<double>(sample.process.rssBytes);
    return point;
}

} // namespace

void History::take(const rpc::MetricsSample &sample)
{
    // The machine's clock was set back: what was seen before would lie in the future.
    if (!m_points.isEmpty() && secondsOf(sample.time) < m_points.last().time) {
        m_points.clear();
        m_before.reset();
    }
    if (m_before && sample.time > m_before->time) {
        m_rates = ratesBetween(*m_before, sample);
        m_points.add(pointOf(*m_rates));
    } else {
        m_rates.reset();
        m_points.add(firstPoint(sample));
    }
    m_before = sample;
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
