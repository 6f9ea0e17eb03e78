// SPDX-License-Identifier: GPL-3.0-or-later
// What workers count and control reads: apart in memory, together in sum.
#include "shared_state/cells.h"

#include <QTest>
#include <atomic>
#include <thread>
#include <vector>

using namespace mainstay;
using namespace mainstay::shared_state;

class CellsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void eachWorkerHasLinesOfItsOwn();
    void statuses();
    void trafficOfTwoWorkersAddsUp();
    void histogramsAreMadeWithTheirFirstValue();
    void inFlight();
    void takesRequests_data();
    void takesRequests();
    void openConnections();
};

void CellsTest::eachWorkerHasLinesOfItsOwn()
{
    const PerWorker<Counter> counters(4);
    QCOMPARE(counters.size(), 4U);
    for (std::uint32_t worker = 0; worker < 4; ++worker) {
        const auto place = reinterpret_cast<std::uintptr_t>(&counters[worker]);
        QCOMPARE(place % 64, std::uintptr_t(0));
        QCOMPARE(counters[worker].value(), std::uint64_t(0));
        if (worker > 0)
            QVERIFY(place - reinterpret_cast<std::uintptr_t>(&counters[worker - 1]) >= 64);
    }
}

void CellsTest::statuses()
{
    Traffic traffic;
    for (const unsigned status : {200U, 204U, 301U, 404U, 500U, 599U, 101U, 0U, 600U, 999U})
        traffic.finished(status, 10, 100, 1000);
    const std::array<std::uint64_t, 6> expected{3, 1, 2, 1, 1, 2}; // what is no status counts as none
    for (std::size_t digit = 0; digit < expected.size(); ++digit)
        QCOMPARE(traffic.statuses[digit].value(), expected[digit]);
    QCOMPARE(traffic.requests.value(), std::uint64_t(10));
    QCOMPARE(traffic.bytesIn.value(), std::uint64_t(100));
    QCOMPARE(traffic.bytesOut.value(), std::uint64_t(1000));
}

void CellsTest::trafficOfTwoWorkersAddsUp()
{
    constexpr std::uint64_t kRequests = 50'000;
    const SiteCell cell("shop", 2);
    std::atomic<int> ended = 0;
    std::vector<std::thread> workers;
    for (std::uint32_t worker = 0; worker < 2; ++worker)
        workers.emplace_back([&cell, &ended, worker] {
            Traffic &mine = cell.traffic[worker];
            for (std::uint64_t i = 0; i < kRequests; ++i) {
                mine.inFlight.add(1);
                mine.finished(worker == 0 ? 200 : 404, 1, 2, i % 1000);
                mine.inFlight.subtract(1);
            }
            ++ended;
        });
    const auto sum = [&cell](auto member) {
        return (cell.traffic[0].*member).value() + (cell.traffic[1].*member).value();
    };
    std::uint64_t before = 0;
    bool grows = true;
    while (ended < 2) {
        const std::uint64_t now = sum(&Traffic::requests);
        HistogramSummary latency;
        cell.traffic[0].latency.addTo(latency); // made meanwhile by its worker
        grows &= now >= before && now <= 2 * kRequests && latency.total <= kRequests;
        before = now;
    }
    for (std::thread &worker : workers)
        worker.join();
    QVERIFY(grows);
    QCOMPARE(sum(&Traffic::requests), 2 * kRequests);
    QCOMPARE(sum(&Traffic::bytesIn), 2 * kRequests);
    QCOMPARE(sum(&Traffic::bytesOut), 4 * kRequests);
    QCOMPARE(sum(&Traffic::inFlight), std::uint64_t(0));
    QCOMPARE(cell.traffic[0].statuses[2].value(), kRequests);
    QCOMPARE(cell.traffic[1].statuses[4].value(), kRequests);
    HistogramSummary latency;
    for (std::uint32_t worker = 0; worker < 2; ++worker)
        cell.traffic[worker].latency.addTo(latency);
    QCOMPARE(latency.total, 2 * kRequests);
}

void CellsTest::histogramsAreMadeWithTheirFirstValue()
{
    LazyHistogram histogram;
    HistogramSummary summary;
    histogram.addTo(summary);
    QCOMPARE(summary.total, std::uint64_t(0));
    histogram.record(7);
    histogram.record(7, 3);
    histogram.addTo(summary);
    QCOMPARE(summary.total, std::uint64_t(4));
    QCOMPARE(summary.quantile(0.5), std::uint64_t(7));
}

void CellsTest::inFlight()
{
    const ServerCell cell("api", "a", 0, 3);
    QCOMPARE(cell.inFlight(), 0U);
    cell.traffic[0].inFlight.add(2);
    cell.traffic[2].inFlight.add(3);
    QCOMPARE(cell.inFlight(), 5U);
    cell.traffic[2].inFlight.subtract(3);
    QCOMPARE(cell.inFlight(), 2U);
}

void CellsTest::takesRequests_data()
{
    QTest::addColumn<int>("state");
    QTest::addColumn<int>("health");
    QTest::addColumn<bool>("takes");
    const auto row = [](const char *name, config::ServerState state, balance::Health health, bool takes) {
        QTest::newRow(name) << static_cast<int>(state) << static_cast<int>(health) << takes;
    };
    row("ready, up", config::ServerState::ready, balance::Health::up, true);
    row("ready, not probed yet", config::ServerState::ready, balance::Health::unknown, true);
    row("ready, down", config::ServerState::ready, balance::Health::down, false);
    row("draining, up", config::ServerState::drain, balance::Health::up, false);
}

void CellsTest::takesRequests()
{
    QFETCH(int, state);
    QFETCH(int, health);
    QFETCH(bool, takes);
    ServerCell cell("api", "a", 0, 1);
    QVERIFY(cell.takesRequests()); // from the start
    cell.state = static_cast<config::ServerState>(state);
    cell.health = static_cast<balance::Health>(health);
    QCOMPARE(cell.takesRequests(), takes);
}

void CellsTest::openConnections()
{
    ListenerCell cell("web", 2);
    QCOMPARE(cell.refused.size(), 2U);
    std::vector<std::thread> workers;
    for (std::uint32_t worker = 0; worker < 2; ++worker)
        workers.emplace_back([&cell, worker] {
            for (int i = 0; i < 10'000; ++i) {
                cell.open.fetch_add(1, std::memory_order_relaxed);
                cell.accepted[worker].add(1);
                cell.open.fetch_sub(1, std::memory_order_relaxed);
            }
        });
    for (std::thread &worker : workers)
        worker.join();
    QCOMPARE(cell.open.load(), 0U);
    QCOMPARE(cell.accepted[0].value() + cell.accepted[1].value(), std::uint64_t(20'000));
}

QTEST_APPLESS_MAIN(CellsTest)
#include "cells_test.moc"
