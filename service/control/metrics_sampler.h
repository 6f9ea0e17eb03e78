// SPDX-License-Identifier: GPL-3.0-or-later
// Takes samples of everything that is counted.
#pragma once

#include "base/clock.h"
#include "base/histogram.h"
#include "control/method_groups.h"
#include "rpc/metrics_methods.h"

#include <map>
#include <optional>
#include <string>

namespace mainstay::control {

// Control thread. One for each reader: intervals are from one of its samples to the next. `reporting` outlives it.
class MetricsSampler {
public:
    explicit MetricsSampler(const Reporting &reporting) : m_reporting(reporting) {}

    [[nodiscard]] rpc::MetricsSample take();

private:
    [[nodiscard]] rpc::ProcessMetrics process() const;
    [[nodiscard]] rpc::SiteMetrics site(const std::string &name, HistogramSummary &all);
    [[nodiscard]] rpc::BackendMetrics backend(const std::string &name, const std::vector<std::string> &servers);
    [[nodiscard]] rpc::ServerMetrics server(const std::string &backend, const std::string &name);
    // Adds to `all` what the zone answered.
    [[nodiscard]] rpc::DnsMetrics zone(const std::string &name, HistogramSummary &all);
    [[nodiscard]] rpc::Latency latency(const std::string &path, const HistogramSummary &now);

    const Reporting &m_reporting;
    std::optional<SteadyTime> m_previous;
    std::map<std::string, HistogramSummary> m_before; // by the object's path; those without values are left out
};

} // namespace mainstay::control
