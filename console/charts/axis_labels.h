// SPDX-License-Identifier: GPL-3.0-or-later
// Few ticks on an axis: its ends and its middle, or each power of ten.
#pragma once

#include "charts/custom_plot.h"

#include <functional>

namespace mainstay::charts {

class AxisLabels : public QCPAxisTicker {
public:
    AxisLabels(std::function<QString(double)> text, bool decades) : m_text(std::move(text)), m_decades(decades) {}

protected:
    QVector<double> createTickVector(double, const QCPRange &range) override
    {
        if (!m_decades)
            return {range.lower, range.center(), range.upper};
        QVector<double> ticks;
        for (double tick = range.lower; tick < range.upper * 1.01; tick *= 10)
            ticks << tick;
        return ticks;
    }
    QString getTickLabel(double tick, const QLocale &, QChar, int) override { return m_text(tick); }
    int getSubTickCount(double) override { return 0; }

private:
    std::function<QString(double)> m_text;
    bool m_decades;
};

} // namespace mainstay::charts
