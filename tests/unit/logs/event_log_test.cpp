// SPDX-License-Identifier: GPL-3.0-or-later
// Events are numbered without gaps, bounded, and read by number.
#include "logs/event_log.h"

#include <QTest>

#include <string>
#include <thread>

using namespace mainstay;
using namespace mainstay::logs;

class EventLogTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void numbersAndReads();
    void forgetsTheOldest();
    void tellsTheSinkInOrder();
    void writesOneLine();
    void manyThreadsAddAndOneFollows();
};

void EventLogTest::numbersAndReads()
{
    const WallTime time{std::chrono::seconds(1000)};
    EventLog log(10, {}, [time] { return time; });
    QCOMPARE(log.lastSequence(), std::uint64_t{0});
    QVERIFY(log.since(0, 10).empty());
    log.add(EventSeverity::info, "", "started");
    log.add(EventSeverity::warning, "backend.app.server.a", "down");
    log.add(EventSeverity::info, "backend.app.server.a", "up");
    QCOMPARE(log.lastSequence(), std::uint64_t{3});
    const auto all = log.since(0, 10);
    QCOMPARE(all.size(), std::size_t{3});
    QCOMPARE(all[0].sequence, std::uint64_t{1});
    QCOMPARE(all[1].object, std::string("backend.app.server.a"));
    QVERIFY(all[2].time == time);
    const auto some = log.since(1, 1);
    QCOMPARE(some.size(), std::size_t{1});
    QCOMPARE(some[0].message, std::string("down"));
    QVERIFY(log.since(3, 10).empty());
    QVERIFY(log.since(99, 10).empty());
    QCOMPARE(log.tail(2).front().sequence, std::uint64_t{2});
    QCOMPARE(log.tail(99).size(), std::size_t{3});
}

void EventLogTest::forgetsTheOldest()
{
    EventLog log(3);
    for (int i = 1; i <= 10; ++i)
        log.add(EventSeverity::info, "", std::to_string(i));
    const auto left = log.since(2, 100);
    QCOMPARE(left.size(), std::size_t{3});
    QCOMPARE(left.front().sequence, std::uint64_t{8});
    QCOMPARE(left.back().message, std::string("10"));
    QCOMPARE(log.since(9, 100).size(), std::size_t{1});
}

void EventLogTest::tellsTheSinkInOrder()
{
    std::vector<std::string> lines;
    EventLog log(1, [&lines](const Event &event) { lines.push_back(event.text()); });
    log.add(EventSeverity::error, "listener.web", "port 80 is in use");
    log.add(EventSeverity::info, "", "ready");
    QCOMPARE(lines, std::vector<std::string>({"error: listener.web: port 80 is in use", "info: ready"}));
}

void EventLogTest::writesOneLine()
{
    Event event;
    event.message = "said: \x1b[0m\r\nerror: forged \xc3\xbc";
    QCOMPARE(event.text(), std::string("info: said: \\x1b[0m\\x0d\\x0aerror: forged \xc3\xbc"));
}

void EventLogTest::manyThreadsAddAndOneFollows()
{
    constexpr int kThreads = 4;
    constexpr int kEvents = 500;
    EventLog log(std::size_t{kThreads} * kEvents);
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&log] {
            for (int event = 0; event < kEvents; ++event)
                log.add(EventSeverity::info, "x", "y");
        });
    }
    std::uint64_t seen = 0;
    while (seen < std::uint64_t{kThreads} * kEvents) {
        for (const Event &event : log.since(seen, 7))
            QCOMPARE(event.sequence, ++seen);
        std::this_thread::yield();
    }
    for (std::thread &thread : threads)
        thread.join();
}

QTEST_APPLESS_MAIN(EventLogTest)
#include "event_log_test.moc"
