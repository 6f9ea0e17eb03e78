// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/live_chart.h"

#include "charts/axis_labels.h"
#include "charts/scale.h"
#include "look/fonts.h"
#include "look/spacing.h"
#include "models/words.h"

#include <QDateTime>
#include <QEvent>
#include <QHBoxLayout>
#include <QMouseEvent>
#include <QRegularExpression>

#include <algorithm>
#include <cmath>

namespace mainstay::charts {

using look::kUnit;
using models::History;

namespace {

constexpr double kLoneWidth = 0.4; // seconds to each side

// "1.50k" and "2k": a round number needs no figures behind the point.
QString withoutZeros(QString text)
{
    static const QRegularExpression kZeros(QStringLiteral("\\.0+(?!\\d)"));
    return text.remove(kZeros);
}

// Draws once in a turn of the event loop, however often it gets another size in it: a window that opens lays itself out
// several times.
class Plot : public QCustomPlot {
protected:
    void resizeEvent(QResizeEvent *) override
    {
        setViewport(rect());
        replot(rpQueuedReplot);
    }
};

} // namespace

LiveChart::LiveChart(Subject subject, const History &history, QWidget *parent)
    : QFrame(parent), m_subject(std::move(subject)), m_history(history), m_title(new QLabel(m_subject.title)),
      m_plot(new Plot), m_cursor(new QCPItemStraightLine(m_plot))
{
    setProperty("look", QStringLiteral("card"));
    setToolTip(m_subject.hint);
    setMinimumSize(20 * kUnit, 16 * kUnit);
    // As wide as its place in the grid, whatever its title and figures need.
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_title->setProperty("look", QStringLiteral("muted"));
    auto *head = new QHBoxLayout;
    head->setSpacing(2 * kUnit);
    head->addWidget(m_title, 1);
    for ([[maybe_unused]] const Line &line : m_subject.lines) {
        m_figures.push_back(new QLabel);
        m_figures.back()->setTextFormat(Qt::RichText);
        head->addWidget(m_figures.back(), 0, Qt::AlignRight);
    }
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(2 * kUnit, kUnit, kUnit, kUnit);
    layout->setSpacing(kUnit / 2);
    layout->addLayout(head);
    layout->addWidget(m_plot, 1);
    head->setContentsMargins(0, 0, kUnit, 0);
    buildPlot();
    colourIn();
    connect(&m_history, &History::advanced, this, &LiveChart::refresh);
}

void LiveChart::buildPlot()
{
    for ([[maybe_unused]] const Line &line : m_subject.lines)
        m_graphs.push_back(m_plot->addGraph());
    m_plot->xAxis->setTicker(QSharedPointer<AxisLabels>::create(
        [](double tick) {
            return tick > -1 ? tr("now") : QStringLiteral("−") + models::spanText(Seconds(std::lround(-tick)));
        },
        false));
    m_plot->yAxis->setTicker(QSharedPointer<AxisLabels>::create(
        [text = m_subject.text](double tick) { return withoutZeros(text(tick)); }, m_subject.decades));
    if (m_subject.decades)
        m_plot->yAxis->setScaleType(QCPAxis::stLogarithmic);
    fitAxis(models::kUnknown, models::kUnknown);
    m_plot->xAxis->setRange(-60, 0);
    QCPAxisRect *area = m_plot->axisRect();
    area->setAutoMargins(QCP::msNone);
    const QFontMetrics metrics(look::smallFont());
    area->setMargins({metrics.horizontalAdvance(QStringLiteral("512 MiB")) + kUnit, 3 * kUnit / 2, 3 * kUnit,
                      metrics.height() + 3 * kUnit / 2});
    m_cursor->setVisible(false);
    m_plot->setInteractions({});
    m_plot->setMouseTracking(true);
    m_plot->installEventFilter(this);
}

void LiveChart::colourIn()
{
    const look::Colours &colours = look::coloursOf(palette());
    m_plot->setBackground(colours.card);
    const QPen none(Qt::NoPen);
    for (QCPAxis *axis : {m_plot->xAxis, m_plot->yAxis}) {
        axis->setBasePen(axis == m_plot->xAxis ? QPen(colours.line) : none);
        axis->setTickPen(none);
        axis->setTickLabelColor(colours.muted);
        axis->setTickLabelFont(look::smallFont());
        axis->setTickLabelPadding(axis == m_plot->xAxis ? kUnit * 3 / 4 : kUnit);
        axis->grid()->setPen(QPen(colours.line, 1, Qt::SolidLine));
        axis->grid()->setZeroLinePen(none);
    }
    m_plot->xAxis->grid()->setVisible(false);
    for (std::size_t i = 0; i < m_graphs.size(); ++i) {
        QColor colour = colours.*m_subject.lines[i].colour;
        // One pixel wide, and the area below without smooth edges, under the smooth line: with ten minutes in seven
        // charts, wider lines took 20% of a core.
        m_graphs[i]->setPen(QPen(colour, 1));
        m_graphs[i]->setAntialiasedFill(false);
        colour.setAlphaF(0.12F);
        m_graphs[i]->setBrush(m_graphs.size() == 1 ? QBrush(colour) : QBrush(Qt::NoBrush));
    }
    m_cursor->setPen(QPen(colours.muted, 1, Qt::DashLine));
    m_title->setFont(look::strongFont());
    refresh();
}

void LiveChart::refresh()
{
    if (!isVisible())
        return;
    const History::Points &points = m_history.points();
    showFigures();
    if (points.isEmpty())
        return;
    const double now = points.last().time;
    double least = models::kUnknown;
    double most = models::kUnknown;
    const int window = windowSeconds(now - points[0].time);
    for (std::size_t g = 0; g < m_graphs.size(); ++g) {
        QVector<QCPGraphData> line;
        line.reserve(static_cast<qsizetype>(points.size()));
        for (std::size_t i = 0; i < points.size(); ++i) {
            const double value = points[i].values[static_cast<std::size_t>(m_subject.lines[g].series)];
            const double x = points[i].time - now;
            if (x >= -window) {
                least = std::fmin(least, value);
                most = std::fmax(most, value);
            }
            // A point without a neighbour would be drawn as nothing: it gets a width.
            const bool isAlone =
                !std::isnan(value) && isGap(i, m_subject.lines[g].series, -1) && isGap(i, m_subject.lines[g].series, 1);
            if (isAlone) {
                line.append({x - kLoneWidth, value});
                line.append({x + kLoneWidth, value});
            } else {
                line.append({x, value});
            }
        }
        m_graphs[g]->data()->set(line, true);
    }
    m_plot->xAxis->setRange(-window, 0);
    fitAxis(least, most);
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

bool LiveChart::isGap(std::size_t point, models::Series series, int step) const
{
    const History::Points &points = m_history.points();
    const std::size_t other = point + static_cast<std::size_t>(step);
    return other >= points.size() || std::isnan(points[other].values[static_cast<std::size_t>(series)]);
}

void LiveChart::fitAxis(double least, double most)
{
    if (m_subject.decades) {
        const Decades decades = decadesAround(std::fmax(least, 1), most);
        m_plot->yAxis->setRange(decades.bottom, decades.top);
        return;
    }
    // Some air above the line, so that it never touches the top.
    m_plot->yAxis->setRange(0, roundTop(most * 1.05, m_subject.leastTop, m_subject.bytes));
}

QStringList LiveChart::figures() const
{
    const History::Points &points = m_history.points();
    QStringList figures;
    const History::Point *shown = points.isEmpty() ? nullptr : &points.last();
    for (std::size_t i = 0; m_pointed && i < points.size(); ++i) {
        if (points[i].time - points.last().time <= *m_pointed)
            shown = &points[i];
    }
    for (const Line &line : m_subject.lines)
        figures << m_subject.text(shown == nullptr ? models::kUnknown
                                                   : shown->values[static_cast<std::size_t>(line.series)]);
    return figures;
}

void LiveChart::showFigures()
{
    const look::Colours &colours = look::coloursOf(palette());
    const QStringList texts = figures();
    for (std::size_t i = 0; i < m_figures.size(); ++i) {
        const Line &line = m_subject.lines[i];
        const QString value = texts[static_cast<qsizetype>(i)].toHtmlEscaped();
        m_figures[i]->setFont(look::figureFont());
        m_figures[i]->setText(
            line.name.isEmpty()
                ? value
                : QStringLiteral("<span style='font-size:%1pt; font-weight:400; color:%2'>● %3</span> %4")
                      .arg(look::smallFont().pointSizeF())
                      .arg((colours.*line.colour).name(), line.name.toHtmlEscaped(), value));
    }
    m_title->setText(
        !m_pointed || m_history.points().isEmpty()
            ? m_subject.title
            : tr("%1 at %2")
                  .arg(m_subject.title, QDateTime::fromMSecsSinceEpoch(
                                            static_cast<qint64>((m_history.points().last().time + *m_pointed) * 1000))
                                            .toString(QStringLiteral("HH:mm:ss"))));
}

void LiveChart::point(std::optional<double> x)
{
    m_pointed = x;
    m_cursor->setVisible(x.has_value());
    if (x) {
        m_cursor->point1->setCoords(*x, 0);
        m_cursor->point2->setCoords(*x, 1);
    }
    showFigures();
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

bool LiveChart::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::MouseMove) {
        const double x = m_plot->xAxis->pixelToCoord(static_cast<QMouseEvent *>(event)->position().x());
        point(m_plot->xAxis->range().contains(x) ? std::optional(x) : std::nullopt);
    } else if (event->type() == QEvent::Leave) {
        point(std::nullopt);
    }
    return QFrame::eventFilter(watched, event);
}

void LiveChart::changeEvent(QEvent *event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        colourIn();
}

void LiveChart::showEvent(QShowEvent *event)
{
    QFrame::showEvent(event);
    refresh();
}

} // namespace mainstay::charts
