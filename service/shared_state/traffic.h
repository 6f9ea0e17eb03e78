// SPDX-License-Identifier: GPL-3.0-or-later
// What is counted of requests and of DNS queries, for each object and worker.
#pragma once

#include "base/counter.h"
#include "base/histogram.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace mainstay::shared_state {

// Shared: one writer, any reader. Made with its first value, since most of ten thousand sites are quiet.
class LazyHistogram {
public:
    LazyHistogram() = default;
    LazyHistogram(const LazyHistogram &) = delete;
    LazyHistogram &operator=(const LazyHistogram &) = delete;
    ~LazyHistogram() { delete m_histogram.load(std::memory_order_acquire); }

    void record(std::uint64_t microseconds, std::uint32_t times = 1)
    {
        Histogram *histogram = m_histogram.load(std::memory_order_relaxed); // this thread alone stores it
        if (!histogram) {
            histogram = new Histogram;
            m_histogram.store(histogram, std::memory_order_release);
        }
        histogram->record(microseconds, times);
    }
    void addTo(HistogramSummary &summary) const noexcept
    {
        if (const Histogram *histogram = m_histogram.load(std::memory_order_acquire))
            histogram->addTo(summary);
    }

private:
    std::atomic<Histogram *> m_histogram = nullptr;
};

// Shared: written by its worker.
struct Traffic {
    std::array<Counter, 6> statuses; // by the first digit; 0 is for requests cut short before an answer
    Counter requests;
    Counter bytesIn;  // of bodies
    Counter bytesOut; // likewise
    Counter errors;   // towards servers: attempts that brought no response
    Counter retries;
    Counter inFlight; // a gauge
    LazyHistogram latency;

    void finished(unsigned status, std::uint64_t in, std::uint64_t out, std::uint64_t microseconds)
    {
        requests.add(1);
        statuses[status / 100 < statuses.size() ? status / 100 : 0].add(1);
        bytesIn.add(in);
        bytesOut.add(out);
        latency.record(microseconds);
    }
};

// Shared: written by its worker.
struct QueryTraffic {
    static constexpr std::size_t kRcodes = 24; // to BADCOOKIE; BADVERS is 16

    std::array<Counter, kRcodes> rcodes;
    Counter udpQueries;
    Counter tcpQueries;
    Counter truncated;
    Counter dropped;
    LazyHistogram latency; // from the turn that received a query to the end of its batch
};

} // namespace mainstay::shared_state
