// SPDX-License-Identifier: GPL-3.0-or-later
// A card with a few lines over time, and their newest values in figures.
#pragma once

#include "look/colours.h"
#include "models/history.h"

#include <QFrame>
#include <QLabel>

#include <optional>
#include <vector>

class QCPGraph;
class QCPItemStraightLine;
class QCustomPlot;

namespace mainstay::charts {

// Immutable.
struct Line {
    models::Series series;
    QColor look::Colours::*colour;
    QString name; // empty for a line alone in its chart
};

// Immutable. What a chart shows, and how its figures read.
struct Subject {
    QString title;
    QString hint; // tool tip
    std::vector<Line> lines;
    QString (*text)(double) = nullptr;
    double leastTop = 1; // the axis never ends below
    bool bytes = false;
    bool decades = false; // a logarithmic axis, for values far apart
};

// Interface thread. Draws on each new point while it can be seen. Under the mouse it shows the values of that moment.
class LiveChart : public QFrame {
    Q_OBJECT

public:
    // `history` outlives it.
    LiveChart(Subject subject, const models::History &history, QWidget *parent = nullptr);

    [[nodiscard]] const Subject &subject() const { return m_subject; }
    // As they stand in the card: the newest values, or those under the mouse.
    [[nodiscard]] QStringList figures() const;

protected:
    void changeEvent(QEvent *event) override;
    void showEvent(QShowEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void buildPlot();
    void colourIn();
    void refresh();
    // Whether nothing is known of the point so many places on.
    [[nodiscard]] bool isGap(std::size_t point, models::Series series, int step) const;
    void fitAxis(double least, double most);
    void showFigures();
    void point(std::optional<double> x);

    const Subject m_subject;
    const models::History &m_history;
    QLabel *m_title;
    std::vector<QLabel *> m_figures;
    QCustomPlot *m_plot;
    std::vector<QCPGraph *> m_graphs;
    QCPItemStraightLine *m_cursor;
    std::optional<double> m_pointed; // seconds before the newest point, negative
};

} // namespace mainstay::charts
