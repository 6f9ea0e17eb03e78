// SPDX-License-Identifier: GPL-3.0-or-later
// What happened each second between two samples of the service's counters.
#pragma once

#include "rpc/metrics_methods.h"

#include <limits>
#include <map>
#include <string>
#include <utility>

namespace mainstay::models {

// What is not known: charts leave a gap there, tables a dash.
inline constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// Immutable. Rates are per second, latencies in microseconds, unknown where nothing was measured.
struct Rate {
    double requests = 0;
    double errors = 0; // answers 5xx of a site, failed requests of a server
    double p50 = kUnknown;
    double p99 = kUnknown;
};

// Immutable.
struct Rates {
    WallTime time;
    Rate http;
    double queries = 0; // of DNS
    double connections = 0;
    double cpuPercent = 0; // of one core
    double memoryBytes = 0;
    std::map<std::string, Rate, std::less<>> sites;
    std::map<std::pair<std::string, std::string>, Rate> servers; // by backend and server
    std::map<std::string, double, std::less<>> zones;            // queries
};

// What is new in `now` counts from zero, and so does everything when the core was started anew between the two.
// `before` is older than `now`.
[[nodiscard]] Rates ratesBetween(const rpc::MetricsSample &before, const rpc::MetricsSample &now);

} // namespace mainstay::models
