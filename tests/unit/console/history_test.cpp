// SPDX-License-Identifier: GPL-3.0-or-later
// Ten minutes of samples, and what a day of them does.
#include "models/history.h"

#include <QSignalSpy>
#include <QTest>

#include <cmath>
#include <malloc.h>

using namespace mainstay;
using models::History;
using models::Series;

namespace {

rpc::MetricsSample sample(int second, std::uint64_t requests)
{
    rpc::MetricsSample sample;
    sample.time = WallTime(Seconds(1'700'000'000 + second));
    sample.interval = Seconds(1);
    sample.process.cpuSeconds = 0.25 * second;
    sample.process.openConnections = 7;
    sample.process.rssBytes = 1 << 20;
    rpc::SiteMetrics site;
    site.name = "shop";
    site.requests = requests;
    site.status5xx = requests / 10;
    site.latency.interval = {100, 800, 1'500, 20'000};
    sample.sites.push_back(site);
    sample.http = site.latency;
    rpc::BackendMetrics backend;
    backend.name = "app";
    rpc::ServerMetrics server;
    server.name = "a";
    server.requests = requests;
    backend.servers.push_back(server);
    sample.backends.push_back(backend);
    sample.dns.queries = requests / 2;
    return sample;
}

double last(const History &history, Series series)
{
    return history.points().last().values[static_cast<std::size_t>(series)];
}

} // namespace

class HistoryTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void ring();
    void rates();
    void severalSites();
    void theFirstSampleOfAStream();
    void aRestartedCore();
    void aGap();
    void aClockThatWasSetBack();
    void aDay();
};

void HistoryTest::ring()
{
    models::Ring<int, 3> ring;
    QVERIFY(ring.isEmpty());
    for (int i = 1; i <= 5; ++i)
        ring.add(i);
    QCOMPARE(ring.size(), std::size_t(3));
    QCOMPARE(ring[0], 3);
    QCOMPARE(ring.last(), 5);
}

void HistoryTest::rates()
{
    History history;
    const QSignalSpy advanced(&history, &History::advanced);
    history.take(sample(0, 1000));
    QCOMPARE(advanced.size(), 1);
    QVERIFY(std::isnan(last(history, Series::requests)) && !history.rates());
    QCOMPARE(last(history, Series::connections), 7.0);
    history.take(sample(1, 1200));
    QCOMPARE(advanced.size(), 2);
    QCOMPARE(last(history, Series::requests), 200.0);
    QCOMPARE(last(history, Series::errors), 20.0);
    QCOMPARE(last(history, Series::p50), 800.0);
    QCOMPARE(last(history, Series::p99), 20'000.0);
    QCOMPARE(last(history, Series::queries), 100.0);
    QCOMPARE(last(history, Series::connections), 7.0);
    QCOMPARE(last(history, Series::cpu), 25.0);
    QCOMPARE(last(history, Series::memory), double(1 << 20));
    QCOMPARE(history.rates()->servers.at({"app", "a"}).requests, 200.0);
}

void HistoryTest::severalSites()
{
    rpc::MetricsSample before = sample(0, 0);
    rpc::MetricsSample now = sample(1, 300);
    rpc::SiteMetrics idle;
    idle.name = "idle";
    now.sites.push_back(idle);
    rpc::SiteMetrics slow;
    slow.name = "slow";
    slow.requests = 100;
    slow.latency.interval = {100, 4'800, 9'000, 90'000};
    now.sites.push_back(slow);
    now.http.interval = {400, 1'200, 9'000, 70'000};
    const models::Rates rates = models::ratesBetween(before, now);
    QCOMPARE(rates.http.requests, 400.0);
    QCOMPARE(rates.http.p50, 1'200.0);
    QCOMPARE(rates.http.p99, 70'000.0);
}

// It measures latencies since the start of the core.
void HistoryTest::theFirstSampleOfAStream()
{
    History history;
    history.take(sample(0, 1000));
    rpc::MetricsSample first = sample(0, 1100);
    first.time += Milliseconds(200);
    first.interval = Milliseconds(0);
    history.take(first);
    QCOMPARE(last(history, Series::requests), 500.0);
    QVERIFY(std::isnan(last(history, Series::p99)));
}

void HistoryTest::aRestartedCore()
{
    History history;
    history.take(sample(100, 1'000'000));
    rpc::MetricsSample after = sample(101, 50);
    after.process.cpuSeconds = 0;
    history.take(after);
    QCOMPARE(last(history, Series::requests), 50.0);
    QCOMPARE(last(history, Series::cpu), 0.0);
}

void HistoryTest::aGap()
{
    History history;
    history.interrupt();
    QVERIFY(history.points().isEmpty());
    history.take(sample(0, 0));
    history.take(sample(1, 10));
    history.interrupt();
    QVERIFY(std::isnan(last(history, Series::requests)));
    QVERIFY(!history.rates());
    const std::size_t size = history.points().size();
    history.interrupt();
    QCOMPARE(history.points().size(), size);
    history.take(sample(60, 5'000));
    QVERIFY(std::isnan(last(history, Series::requests))); // nothing before it to compare with
    history.take(sample(61, 5'010));
    QCOMPARE(last(history, Series::requests), 10.0);
}

void HistoryTest::aClockThatWasSetBack()
{
    History history;
    history.take(sample(100, 0));
    history.take(sample(101, 10));
    history.take(sample(50, 20));
    history.take(sample(51, 30));
    for (std::size_t i = 1; i < history.points().size(); ++i)
        QVERIFY(history.points()[i].time >= history.points()[i - 1].time);
    QCOMPARE(last(history, Series::requests), 10.0);
}

void HistoryTest::aDay()
{
    constexpr int kDay = 86'400;
    History history;
    std::size_t early = 0;
    for (int second = 0; second < kDay; ++second) {
        if (second == 1200)
            early = mallinfo2().uordblks;
        history.take(sample(second, static_cast<std::uint64_t>(second) * 100));
    }
    QCOMPARE(history.points().size(), History::kSeconds);
    QCOMPARE(History::Points::kCapacity, History::kSeconds);
    QCOMPARE(history.points()[0].time, history.points().last().time - double(History::kSeconds - 1));
    // Sanitizers have another allocator, which tells nothing.
    const std::size_t late = mallinfo2().uordblks;
    QVERIFY2(late <= early + 16'384, qPrintable(QStringLiteral("%1 bytes, then %2").arg(early).arg(late)));
}

QTEST_GUILESS_MAIN(HistoryTest)
#include "history_test.moc"
