// SPDX-License-Identifier: GPL-3.0-or-later
// A log-linear histogram of durations: eight steps to each doubling, so a quantile is right within 12.5%.
#pragma once

#include "base/counter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace mainstay {

// Where a value of microseconds falls. Values below 8 have a bucket each; from 2^33 µs (over two hours) on, the last.
struct LogLinearScale {
    static constexpr std::size_t kSteps = 8;
    static constexpr std::size_t kBuckets = kSteps * 31;

    static constexpr std::size_t bucketOf(std::uint64_t value) noexcept
    {
        if (value < kSteps)
            return static_cast<std::size_t>(value);
        const auto shift = static_cast<std::size_t>(std::bit_width(value)) - 4;
        const std::size_t bucket = (shift + 1) * kSteps + static_cast<std::size_t>(value >> shift) - kSteps;
        return bucket < kBuckets ? bucket : kBuckets - 1;
    }
    // The smallest value that falls into the bucket.
    static constexpr std::uint64_t lowerBound(std::size_t bucket) noexcept
    {
        if (bucket < kSteps)
            return bucket;
        return (kSteps + bucket % kSteps) << (bucket / kSteps - 1);
    }
};

// A plain sum of histograms, for reading quantiles. Any thread, by value.
struct HistogramSummary {
    std::array<std::uint64_t, LogLinearScale::kBuckets> counts{};
    std::uint64_t total = 0;

    // Microseconds at or below which the fraction (0 to 1) of the values lies, taken at the upper end of the bucket;
    // 0 without values.
    [[nodiscard]] std::uint64_t quantile(double fraction) const noexcept
    {
        if (total == 0)
            return 0;
        // The nearest rank, counted from 1.
        const auto rank = std::clamp<std::uint64_t>(
            static_cast<std::uint64_t>(std::ceil(fraction * static_cast<double>(total))), 1, total);
        std::uint64_t seen = 0;
        for (std::size_t bucket = 0; bucket < counts.size(); ++bucket) {
            seen += counts[bucket];
            if (seen >= rank)
                return LogLinearScale::lowerBound(bucket + 1) - 1;
        }
        return LogLinearScale::lowerBound(counts.size());
    }
};

// Shared: one writer, any reader. About 2 KiB, so per-object histograms are made when the first value arrives.
class Histogram {
public:
    void record(std::uint64_t microseconds, std::uint32_t times = 1) noexcept
    {
        auto &count = m_counts[LogLinearScale::bucketOf(microseconds)];
        count.store(count.load(std::memory_order_relaxed) + times, std::memory_order_relaxed);
    }
    // Adds what is here so far.
    void addTo(HistogramSummary &summary) const noexcept
    {
        for (std::size_t bucket = 0; bucket < m_counts.size(); ++bucket) {
            const std::uint64_t count = m_counts[bucket].load(std::memory_order_relaxed);
            summary.counts[bucket] += count;
            summary.total += count;
        }
    }

private:
    std::array<std::atomic<std::uint64_t>, LogLinearScale::kBuckets> m_counts{};
};

} // namespace mainstay
