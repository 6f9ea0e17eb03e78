// SPDX-License-Identifier: GPL-3.0-or-later
// Want of descriptors is told, but not over and over.
#include "control/descriptor_watch.h"

#include <QTest>

using namespace mainstay;
using namespace mainstay::control;
using namespace std::chrono_literals;

class DescriptorWatchTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void itIsToldOnceAMinuteAndWhenItIsOver()
    {
        logs::EventLog events(100);
        DescriptorWatch watch(events, 300);
        const SteadyTime start = SteadyClock::now();
        watch.look(0, start);
        QVERIFY(!watch.problem());
        for (int second = 1; second <= 130; ++second)
            watch.look(static_cast<std::uint64_t>(second), start + std::chrono::seconds(second));
        QCOMPARE(watch.problem()->code, std::string("service.no-descriptors"));
        QVERIFY(watch.problem()->text().find("300") != std::string::npos);
        QCOMPARE(events.lastSequence(), std::uint64_t(3));

        watch.look(130, start + 135s);
        QVERIFY(watch.problem());
        watch.look(130, start + 141s);
        QVERIFY(!watch.problem());
        QCOMPARE(events.lastSequence(), std::uint64_t(4));
        // At once again: in the problems, but not in the log.
        watch.look(131, start + 142s);
        QVERIFY(watch.problem());
        QCOMPARE(events.lastSequence(), std::uint64_t(4));
        watch.look(132, start + 190s);
        QCOMPARE(events.lastSequence(), std::uint64_t(5));
    }
};

QTEST_APPLESS_MAIN(DescriptorWatchTest)
#include "descriptor_watch_test.moc"
