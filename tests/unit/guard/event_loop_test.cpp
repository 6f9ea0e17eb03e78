// SPDX-License-Identifier: GPL-3.0-or-later
// Callbacks come when they are due, and never after they were cancelled.
#include "guard/event_loop.h"

#include <QTest>

#include <unistd.h>

using namespace mainstay;
using namespace mainstay::guard;

class EventLoopTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void timersComeInTimeAndOnce()
    {
        EventLoop loop;
        std::vector<int> order;
        const auto start = SteadyClock::now();
        const auto late = loop.after(Milliseconds(40), [&] { order.push_back(40); });
        const auto early = loop.after(Milliseconds(10), [&] { order.push_back(10); });
        const auto end = loop.after(Milliseconds(80), [&] { loop.quit(); });
        loop.run();
        QVERIFY((order == std::vector<int>{10, 40}));
        QVERIFY(SteadyClock::now() - start >= Milliseconds(80));
    }

    void aCancelledTimerDoesNotCome()
    {
        EventLoop loop;
        EventLoop::Registration cancelled = loop.after(Milliseconds(5), [] { qFatal("cancelled"); });
        EventLoop::Registration replaced = loop.after(Milliseconds(5), [] { qFatal("replaced"); });
        cancelled.cancel();
        replaced = loop.after(Milliseconds(20), [&] { loop.quit(); });
        loop.run();
    }

    void aTimerMayRenewItself()
    {
        EventLoop loop;
        int count = 0;
        EventLoop::Registration timer;
        std::function<void()> again = [&] {
            if (++count == 5)
                loop.quit();
            timer = loop.after(Milliseconds(1), again);
        };
        timer = loop.after(Milliseconds(1), again);
        loop.run();
        QCOMPARE(count, 5);
    }

    void aCallbackMayCancelAnyWatch()
    {
        EventLoop loop;
        std::array<int, 2> pipe{};
        QCOMPARE(::pipe(pipe.data()), 0);
        QCOMPARE(::write(pipe[1], "x", 1), ssize_t(1));
        EventLoop::Registration first;
        EventLoop::Registration second;
        int calls = 0;
        const auto once = [&] {
            ++calls;
            first.cancel();
            second.cancel();
        };
        first = loop.whenReadable(pipe[0], once);
        second = loop.whenReadable(pipe[0], once);
        const auto end = loop.after(Milliseconds(20), [&] { loop.quit(); });
        loop.run();
        QCOMPARE(calls, 1);
        ::close(pipe[0]);
        ::close(pipe[1]);
    }

    void aClosedPipeIsReadable()
    {
        EventLoop loop;
        std::array<int, 2> pipe{};
        QCOMPARE(::pipe(pipe.data()), 0);
        const auto readable = loop.whenReadable(pipe[0], [&] { loop.quit(); });
        const auto closing = loop.after(Milliseconds(5), [&] { ::close(pipe[1]); });
        loop.run();
        ::close(pipe[0]);
    }
};

QTEST_APPLESS_MAIN(EventLoopTest)
#include "event_loop_test.moc"
