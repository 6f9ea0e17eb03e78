// SPDX-License-Identifier: GPL-3.0-or-later
// Axes that read well, and charts whose memory does not grow.
#include "charts/custom_plot.h"
#include "charts/live_chart.h"
#include "charts/scale.h"
#include "models/words.h"

#include <QTest>

#include <malloc.h>

using namespace mainstay;
using models::History;
using models::Series;

class ChartsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void tops();
    void decades();
    void windows();
    void aPointWithoutNeighbours();
    void figures();
    void underTheMouse();
    void anHourOfSamples();
};

void ChartsTest::tops()
{
    QCOMPARE(charts::roundTop(0, 1, false), 1.0);
    QCOMPARE(charts::roundTop(models::kUnknown, 4, false), 4.0);
    QCOMPARE(charts::roundTop(130, 1, false), 200.0);
    QCOMPARE(charts::roundTop(810, 1, false), 1000.0);
    QCOMPARE(charts::roundTop(8, 1, false), 8.0);
    constexpr double kMiB = 1024.0 * 1024;
    QCOMPARE(charts::roundTop(20 * kMiB, kMiB, true), 24 * kMiB);
    QCOMPARE(charts::roundTop(25 * kMiB, kMiB, true), 32 * kMiB);
}

void ChartsTest::decades()
{
    QCOMPARE(charts::decadesAround(120, 4'500).bottom, 100.0);
    QCOMPARE(charts::decadesAround(120, 4'500).top, 10'000.0);
    QCOMPARE(charts::decadesAround(100, 100).top, 1'000.0);
    QVERIFY(charts::decadesAround(0, 0).top > charts::decadesAround(0, 0).bottom);
    QVERIFY(charts::decadesAround(models::kUnknown, 5).top > 0);
}

void ChartsTest::windows()
{
    QCOMPARE(charts::windowSeconds(3), 60);
    QCOMPARE(charts::windowSeconds(61), 120);
    QCOMPARE(charts::windowSeconds(300), 300);
    QCOMPARE(charts::windowSeconds(4'000), 600);
}

namespace {

rpc::MetricsSample sample(int second)
{
    rpc::MetricsSample sample;
    sample.time = WallTime(Seconds(1'700'000'000 + second));
    sample.interval = Seconds(1);
    sample.dns.queries = static_cast<std::uint64_t>(second * second);
    return sample;
}

charts::Subject queries()
{
    return {QStringLiteral("Queries"), {}, {{Series::queries, &look::Colours::teal, {}}}, &models::rateText};
}

} // namespace

// A request now and then is seen.
void ChartsTest::aPointWithoutNeighbours()
{
    History history;
    charts::Subject latency{
        QStringLiteral("Latency"), {}, {{Series::p50, &look::Colours::teal, {}}}, &models::durationText};
    charts::LiveChart chart(latency, history);
    chart.show();
    for (int second = 0; second < 6; ++second) {
        rpc::MetricsSample one = sample(second);
        if (second % 2 == 1)
            one.http.interval = {1, 500, 500, 500};
        history.take(one);
    }
    const auto data = chart.findChild<QCustomPlot *>()->graph(0)->data();
    int drawn = 0; // pairs of points, which make a line
    for (auto point = data->constBegin(); point != data->constEnd() && point + 1 != data->constEnd(); ++point)
        drawn += !std::isnan(point->value) && !std::isnan((point + 1)->value) ? 1 : 0;
    QCOMPARE(drawn, 3);
}

void ChartsTest::figures()
{
    History history;
    charts::LiveChart chart(queries(), history);
    chart.show();
    QCOMPARE(chart.figures(), QStringList(QStringLiteral("–")));
    history.take(sample(1));
    history.take(sample(5));
    QCOMPARE(chart.figures(), QStringList(QStringLiteral("24")));
}

void ChartsTest::underTheMouse()
{
    History history;
    charts::LiveChart chart(queries(), history);
    chart.resize(400, 200);
    chart.show();
    QVERIFY(QTest::qWaitForWindowExposed(&chart));
    for (int second = 0; second <= 60; ++second)
        history.take(sample(second));
    QCOMPARE(chart.figures(), QStringList(QStringLiteral("119")));
    auto *plot = chart.findChild<QCustomPlot *>();
    plot->replot();
    const int x = static_cast<int>(plot->xAxis->coordToPixel(-20.5));
    QTest::mouseMove(plot, {x, plot->height() / 2});
    QTRY_COMPARE(chart.figures(), QStringList(QStringLiteral("77")));
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(plot, &leave);
    QCOMPARE(chart.figures(), QStringList(QStringLiteral("119")));
}

void ChartsTest::anHourOfSamples()
{
    History history;
    charts::LiveChart chart(queries(), history);
    chart.show();
    QVERIFY(QTest::qWaitForWindowExposed(&chart));
    std::size_t early = 0;
    for (int second = 0; second < 3'600; ++second) {
        history.take(sample(second));
        if (second % 60 == 0)
            QCoreApplication::processEvents(); // draws
        if (second == 1'260)
            early = mallinfo2().uordblks;
    }
    QCoreApplication::processEvents();
    QCOMPARE(chart.findChild<QCustomPlot *>()->graph()->data()->size(), int(History::kSeconds));
    const std::size_t late = mallinfo2().uordblks;
    QVERIFY2(late <= early + 256 * 1024, qPrintable(QStringLiteral("%1 bytes, then %2").arg(early).arg(late)));
}

QTEST_MAIN(ChartsTest)
#include "charts_test.moc"
