// SPDX-License-Identifier: GPL-3.0-or-later
// When probes change the verdict on a server, and what is said about it.
#include "balance/health.h"

#include <QTest>

using namespace mainstay::balance;

class HealthTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void firstResultDecides();
    void fallsAndRises();
    void oneGoodResultResets();
    void thresholdsChange();
    void whatIsKnownAlready();
};

void HealthTest::whatIsKnownAlready()
{
    HealthTracker tracker({.rise = 2, .fall = 2}, Health::up);
    QVERIFY(!tracker.record(false, {}));
    QCOMPARE(tracker.record(false, {}).value().health, Health::down);
    QVERIFY(!HealthTracker({.rise = 2, .fall = 2}, Health::down).record(true, {}));
}

void HealthTest::firstResultDecides()
{
    HealthTracker up({.rise = 5, .fall = 5});
    QCOMPARE(up.health(), Health::unknown);
    QVERIFY(up.serving());
    QCOMPARE(up.record(true, "status 200").value().health, Health::up);

    HealthTracker down({.rise = 5, .fall = 5});
    const auto verdict = down.record(false, "connection refused");
    QCOMPARE(verdict.value().health, Health::down);
    QCOMPARE(verdict->reason, std::string("the probe failed: connection refused"));
    QVERIFY(!down.serving());
}

void HealthTest::fallsAndRises()
{
    HealthTracker tracker({.rise = 2, .fall = 3});
    QVERIFY(tracker.record(true, {}));
    QVERIFY(!tracker.record(true, {}));
    QVERIFY(!tracker.record(false, "timeout"));
    QVERIFY(!tracker.record(false, "timeout"));
    QCOMPARE(tracker.health(), Health::up);
    const auto fell = tracker.record(false, "status 503");
    QCOMPARE(fell.value().health, Health::down);
    QCOMPARE(fell->reason, std::string("3 probes failed in a row: status 503"));
    QVERIFY(!tracker.record(false, "status 503"));
    QVERIFY(!tracker.record(true, "status 200"));
    const auto rose = tracker.record(true, "status 200");
    QCOMPARE(rose.value().health, Health::up);
    QCOMPARE(rose->reason, std::string("2 probes passed in a row: status 200"));
}

void HealthTest::oneGoodResultResets()
{
    HealthTracker tracker({.rise = 2, .fall = 2});
    (void)tracker.record(true, {});
    for (int i = 0; i < 10; ++i) {
        QVERIFY(!tracker.record(false, {}));
        QVERIFY(!tracker.record(true, {}));
    }
    QCOMPARE(tracker.health(), Health::up);
}

void HealthTest::thresholdsChange()
{
    HealthTracker tracker({.rise = 2, .fall = 9});
    (void)tracker.record(true, {});
    QVERIFY(!tracker.record(false, {}));
    tracker.setThresholds({.rise = 2, .fall = 2});
    QCOMPARE(tracker.health(), Health::up);
    QVERIFY(tracker.record(false, {}));
}

QTEST_APPLESS_MAIN(HealthTest)
#include "health_test.moc"
