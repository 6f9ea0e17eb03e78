// SPDX-License-Identifier: GPL-3.0-or-later
// Counters and the log-linear histogram: bounds of the error, sums, and one writer beside many readers.
#include "base/histogram.h"

#include <QTest>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <random>
#include <thread>
#include <vector>

using namespace mainstay;

class HistogramTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void bucketsJoinWithoutGaps();
    void smallValuesAreExact();
    void bucketsAreNarrow();
    void largeValuesShareTheLast();
    void quantiles_data();
    void quantiles();
    void quantileRanks();
    void withoutValues();
    void sums();
    void readWhileWritten();
    void counters();
};

void HistogramTest::bucketsJoinWithoutGaps()
{
    for (std::size_t bucket = 1; bucket < LogLinearScale::kBuckets; ++bucket) {
        const std::uint64_t first = LogLinearScale::lowerBound(bucket);
        QCOMPARE(LogLinearScale::bucketOf(first), bucket);
        QCOMPARE(LogLinearScale::bucketOf(first - 1), bucket - 1);
    }
}

void HistogramTest::smallValuesAreExact()
{
    for (std::uint64_t value = 0; value < 16; ++value)
        QCOMPARE(LogLinearScale::lowerBound(LogLinearScale::bucketOf(value)), value);
}

void HistogramTest::bucketsAreNarrow()
{
    for (std::size_t bucket = 8; bucket < LogLinearScale::kBuckets; ++bucket) {
        const std::uint64_t first = LogLinearScale::lowerBound(bucket);
        const std::uint64_t width = LogLinearScale::lowerBound(bucket + 1) - first;
        QVERIFY(width * 8 <= first); // 12.5%
    }
}

void HistogramTest::largeValuesShareTheLast()
{
    constexpr std::size_t kLast = LogLinearScale::kBuckets - 1;
    QCOMPARE(LogLinearScale::bucketOf((1ULL << 33) - 1), kLast);
    QCOMPARE(LogLinearScale::bucketOf(1ULL << 33), kLast);
    QCOMPARE(LogLinearScale::bucketOf(UINT64_MAX), kLast);
}

void HistogramTest::quantiles_data()
{
    QTest::addColumn<int>("spread");
    QTest::newRow("microseconds") << 4;
    QTest::newRow("milliseconds") << 10;
    QTest::newRow("seconds") << 20;
}

void HistogramTest::quantiles()
{
    QFETCH(int, spread);
    std::mt19937_64 random(5);
    std::exponential_distribution<double> shape(1.0);
    Histogram histogram;
    std::vector<std::uint64_t> values;
    for (int i = 0; i < 10'000; ++i) {
        values.push_back(static_cast<std::uint64_t>(std::ldexp(shape(random), spread)));
        histogram.record(values.back());
    }
    std::sort(values.begin(), values.end());
    HistogramSummary summary;
    histogram.addTo(summary);
    for (const double fraction : {0.0, 0.001, 0.25, 0.5, 0.9, 0.99, 0.9999, 1.0}) {
        const auto rank = std::max(std::ceil(fraction * static_cast<double>(values.size())), 1.0);
        const std::uint64_t exact = values[static_cast<std::size_t>(rank) - 1];
        const std::uint64_t told = summary.quantile(fraction);
        QVERIFY2(told >= exact && told <= exact + exact / 8, qPrintable(QString::number(fraction)));
    }
}

void HistogramTest::quantileRanks()
{
    // 99 quick values and one slow: the slow one is beyond the 99th of a hundred.
    Histogram histogram;
    for (int i = 0; i < 99; ++i)
        histogram.record(5);
    histogram.record(1'000'000);
    HistogramSummary summary;
    histogram.addTo(summary);
    QCOMPARE(summary.quantile(0.5), std::uint64_t(5));
    QCOMPARE(summary.quantile(0.99), std::uint64_t(5));
    QVERIFY(summary.quantile(0.991) >= 1'000'000);
    QVERIFY(summary.quantile(1.0) >= 1'000'000);
}

void HistogramTest::withoutValues()
{
    const HistogramSummary summary;
    QCOMPARE(summary.quantile(0.5), std::uint64_t(0));
    QCOMPARE(summary.quantile(1), std::uint64_t(0));
}

void HistogramTest::sums()
{
    Histogram first;
    Histogram second;
    for (std::uint64_t value = 0; value < 1000; ++value) {
        first.record(value);
        second.record(value + 100'000);
    }
    HistogramSummary both;
    first.addTo(both);
    second.addTo(both);
    QCOMPARE(both.total, std::uint64_t(2000));
    QVERIFY(both.quantile(0.5) < 1100);
    QVERIFY(both.quantile(0.51) >= 100'000);
    std::uint64_t counted = 0;
    for (const std::uint64_t count : both.counts)
        counted += count;
    QCOMPARE(counted, both.total);
}

void HistogramTest::readWhileWritten()
{
    constexpr std::uint64_t kValues = 200'000;
    Histogram histogram;
    std::atomic<bool> done = false;
    std::thread writer([&] {
        for (std::uint64_t value = 0; value < kValues; ++value)
            histogram.record(value);
        done = true;
    });
    std::uint64_t before = 0;
    bool grows = true;
    while (!done) {
        HistogramSummary summary;
        histogram.addTo(summary);
        grows &= summary.total >= before && summary.total <= kValues;
        before = summary.total;
    }
    writer.join();
    QVERIFY(grows);
    HistogramSummary summary;
    histogram.addTo(summary);
    QCOMPARE(summary.total, kValues);
}

void HistogramTest::counters()
{
    Counter counter;
    counter.add(5);
    counter.subtract(3);
    QCOMPARE(counter.value(), std::uint64_t(2));
    counter.raiseTo(1);
    QCOMPARE(counter.value(), std::uint64_t(2));
    counter.raiseTo(9);
    QCOMPARE(counter.value(), std::uint64_t(9));

    Counter shared;
    std::atomic<bool> done = false;
    std::thread writer([&] {
        for (int i = 0; i < 100'000; ++i)
            shared.add(3);
        done = true;
    });
    bool whole = true;
    while (!done)
        whole &= shared.value() % 3 == 0;
    writer.join();
    QVERIFY(whole);
    QCOMPARE(shared.value(), std::uint64_t(300'000));
}

QTEST_APPLESS_MAIN(HistogramTest)
#include "histogram_test.moc"
