// SPDX-License-Identifier: GPL-3.0-or-later
// Three ticks on an axis: its ends and its middle.
#pragma once

#include "charts/custom_plot.h"

#include <functional>

namespace mainstay::charts {

class AxisLabels : public QCPAxisTicker {
public:
    explicit AxisLabels(std::function<QString(double)> text) : m_text(std::move(text)) {}

protected:
    QVector<double> createTickVector(double, const QCPRange &range) override
    {
        return {range.lower, range.center(), range.upper};
    }
    QString getTickLabel(double tick, const QLocale &, QChar, int) override { return m_text(tick); }
    int getSubTickCount(double) override { return 0; }

private:
    std::function<QString(double)> m_text;
};

} // namespace mainstay::charts
