// SPDX-License-Identifier: GPL-3.0-or-later
// The last ten minutes of the service, one point a second.
#pragma once

#include "models/rates.h"
#include "models/ring.h"

#include <QObject>

#include <array>
#include <cstdint>
#include <optional>

namespace mainstay::models {

enum class Series : std::uint8_t { requests, p50, p99, errors, connections, queries, cpu, memory };
inline constexpr std::size_t kSeriesCount = 8;

// Interface thread. Its memory is taken once and never grows.
class History : public QObject {
    Q_OBJECT

public:
    static constexpr std::size_t kSeconds = 600;

    // Immutable. One value for each Series, unknown where there was none.
    struct Point {
        double time = 0; // seconds since 1970
        std::array<double, kSeriesCount> values{};
    };
    using Points = Ring<Point, kSeconds>;

    using QObject::QObject;

    [[nodiscard]] const Points &points() const { return m_points; }
    // Of the newest sample; nothing before the second one.
    [[nodiscard]] const std::optional<Rates> &rates() const { return m_rates; }
    // Memory taken for the points, bytes.
    [[nodiscard]] static constexpr std::size_t capacityBytes() { return sizeof(Points); }

public Q_SLOTS:
    void take(const mainstay::rpc::MetricsSample &sample);
    // The next sample has none before it: what happened meanwhile is not known, and charts show a gap.
    void interrupt();

Q_SIGNALS:
    void advanced();

private:
    Points m_points;
    std::optional<rpc::MetricsSample> m_before;
    std::optional<Rates> m_rates;
};

} // namespace mainstay::models
