// SPDX-License-Identifier: GPL-3.0-or-later
// The timer wheel against a plain list of deadlines, with time that creeps and leaps.
#include "engine/timer_wheel.h"

#include <QTest>
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <vector>

using namespace mainstay;
using namespace mainstay::engine;
using namespace std::chrono_literals;

namespace {

class Alarm final : public Timer {
public:
    explicit Alarm(std::function<void()> ring) : m_ring(std::move(ring)) {}

private:
    void onDue() override { m_ring(); }
    std::function<void()> m_ring;
};

// A wheel with some timers, and what it should do with them.
class Model {
public:
    explicit Model(SteadyTime start, std::size_t count = 40) : m_wheel(start), m_time(start), m_deadlines(count)
    {
        for (std::size_t i = 0; i < count; ++i)
            m_alarms.push_back(std::make_unique<Alarm>([this, i] { rang(i); }));
    }

    void set(std::size_t i, Milliseconds delay)
    {
        m_wheel.set(*m_alarms[i], delay);
        m_deadlines[i] = m_time + std::max(delay, kTick);
    }
    void clear(std::size_t i)
    {
        m_alarms[i]->clear();
        m_deadlines[i].reset();
    }
    void tell(SteadyTime time)
    {
        m_time = time;
        m_wheel.setTime(time);
    }
    // False when a timer was early, late or lost.
    bool run()
    {
        m_wheel.runDue();
        for (std::size_t i = 0; i < m_alarms.size(); ++i) {
            if (m_alarms[i]->isSet() != m_deadlines[i].has_value())
                m_right = false;
            if (m_deadlines[i] && *m_deadlines[i] + kTick <= m_time)
                m_right = false;
        }
        return m_right;
    }
    // False when the wheel would sleep beyond a timer, or without end.
    bool sleepsRightly()
    {
        const auto sleep = m_wheel.untilNext(m_time);
        const auto next = earliest();
        if (!next)
            return !sleep;
        return sleep && m_time + *sleep < *next + kTick + 1ms && (*sleep > 0ms || *next < m_time + kTick);
    }
    [[nodiscard]] std::optional<SteadyTime> earliest() const
    {
        std::optional<SteadyTime> next;
        for (const auto &deadline : m_deadlines) {
            if (deadline && (!next || *deadline < *next))
                next = deadline;
        }
        return next;
    }

private:
    void rang(std::size_t i)
    {
        if (!m_deadlines[i] || m_time < *m_deadlines[i])
            m_right = false; // not set, or early
        m_deadlines[i].reset();
        // Now and then a callback sets its own timer again, or clears another.
        if (m_random() % 4 == 0)
            set(i, Milliseconds(m_random() % 30'000));
        else if (m_random() % 4 == 0)
            clear(m_random() % m_alarms.size());
    }

    TimerWheel m_wheel;
    SteadyTime m_time;
    std::vector<std::unique_ptr<Alarm>> m_alarms;
    std::vector<std::optional<SteadyTime>> m_deadlines;
    std::mt19937 m_random{7};
    bool m_right = true;
};

} // namespace

class TimerWheelTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void model_data();
    void model();
    void sleepsThroughTheWrap();
    void delaysCountFromTheTimeTold();
    void callbacksCountFromTheTimeTold();
    void aCallbackMayDestroyOthers();
    void limits();
    void timeNeverGoesBack();
    void theWheelMayGoFirst();
};

void TimerWheelTest::model_data()
{
    QTest::addColumn<qlonglong>("ticks");
    QTest::newRow("from the start") << 0LL;
    QTest::newRow("past the comparisons' half") << (1LL << 31) - 5000;
    QTest::newRow("over the wrap") << (1LL << 32) - 5000;
}

void TimerWheelTest::model()
{
    QFETCH(qlonglong, ticks);
    std::mt19937 random(42);
    SteadyTime time{1234567us};
    Model model(time);
    time += kTick * ticks;
    model.tell(time);
    QVERIFY(model.run());
    for (int step = 0; step < 60'000; ++step) {
        const std::size_t timer = random() % 40;
        switch (random() % 8) {
        case 0:
            model.clear(timer);
            break;
        case 1:
        case 2:
            model.set(timer, Milliseconds(random() % 100));
            break;
        case 3:
            model.set(timer, Milliseconds(random() % 200'000));
            break;
        default:
            time += std::chrono::microseconds(random() % (random() % 50 == 0 ? 60'000'000 : 40'000));
            model.tell(time);
            model.set(timer, Milliseconds(random() % 20'000)); // what an event sets before the timers have run
            QVERIFY2(model.run(), qPrintable(QString::number(step)));
        }
        QVERIFY2(model.sleepsRightly(), qPrintable(QString::number(step)));
    }
}

void TimerWheelTest::sleepsThroughTheWrap()
{
    const SteadyTime start{};
    TimerWheel wheel(start);
    const SteadyTime late = start + kTick * ((1LL << 32) - 2);
    wheel.setTime(late);
    wheel.runDue();
    int rings = 0;
    Alarm alarm([&rings] { ++rings; });
    wheel.set(alarm, 100ms);
    QCOMPARE(wheel.untilNext(late)->count(), 100);
    wheel.setTime(late + 99ms);
    wheel.runDue();
    QCOMPARE(rings, 0);
    QCOMPARE(wheel.untilNext(late + 99ms)->count(), 1);
    wheel.setTime(late + 100ms);
    wheel.runDue();
    QCOMPARE(rings, 1);
}

void TimerWheelTest::delaysCountFromTheTimeTold()
{
    const SteadyTime start{};
    TimerWheel wheel(start);
    int rings = 0;
    Alarm alarm([&rings] { ++rings; });
    wheel.setTime(start + 60s); // asleep for a minute, then an event sets a deadline
    wheel.set(alarm, 5s);
    wheel.runDue();
    QCOMPARE(rings, 0);
    wheel.setTime(start + 65s);
    wheel.runDue();
    QCOMPARE(rings, 1);
}

void TimerWheelTest::callbacksCountFromTheTimeTold()
{
    const SteadyTime start{};
    TimerWheel wheel(start);
    int rings = 0;
    Alarm *again = nullptr;
    Alarm alarm([&] {
        ++rings;
        wheel.set(*again, 1s);
    });
    again = &alarm;
    wheel.set(alarm, 10ms);
    wheel.setTime(start + 8s); // late, as after a stall: the next ring is a second from now
    wheel.runDue();
    QCOMPARE(rings, 1);
    wheel.setTime(start + 9s);
    wheel.runDue();
    QCOMPARE(rings, 2);
}

void TimerWheelTest::aCallbackMayDestroyOthers()
{
    const SteadyTime start{};
    TimerWheel wheel(start);
    int rings = 0;
    std::unique_ptr<Alarm> second;
    std::unique_ptr<Alarm> first;
    first = std::make_unique<Alarm>([&] {
        ++rings;
        second.reset();
        first.release()->clear(); // and itself, below
    });
    Alarm *itself = first.get();
    second = std::make_unique<Alarm>([&] { rings += 100; });
    wheel.set(*first, 50ms);
    wheel.set(*second, 50ms);
    wheel.setTime(start + 1s);
    wheel.runDue();
    delete itself;
    QCOMPARE(rings, 1);
    QVERIFY(!wheel.untilNext(start + 1s));
}

void TimerWheelTest::limits()
{
    const SteadyTime start{};
    TimerWheel wheel(start);
    QCOMPARE(wheel.tickAfter(-5s), Tick(1));
    QCOMPARE(wheel.tickAfter(0ms), Tick(1));
    QCOMPARE(wheel.tickAfter(10ms), Tick(1));
    QCOMPARE(wheel.tickAfter(11ms), Tick(2));
    const Tick longest = wheel.tickAfter(Milliseconds::max());
    QVERIFY(TimerWheel::isBefore(wheel.now(), longest));
    QVERIFY(longest / 100 / 86400 == 248);
    wheel.setTime(start + 9999us);
    QCOMPARE(wheel.now(), Tick(0));
    QCOMPARE(wheel.tickAfter(10ms), Tick(2));
    QVERIFY(TimerWheel::isBefore(wheel.now(), wheel.tickAfter(Milliseconds::max())));

    Alarm alarm([] {});
    wheel.setAt(alarm, wheel.now()); // a tick that has begun is too late: the next
    QCOMPARE(alarm.due(), Tick(1));
}

void TimerWheelTest::timeNeverGoesBack()
{
    const SteadyTime start{};
    TimerWheel wheel(start);
    wheel.setTime(start + 5s);
    wheel.setTime(start + 4s);
    QCOMPARE(wheel.now(), Tick(500));
}

void TimerWheelTest::theWheelMayGoFirst()
{
    Alarm alarm([] {});
    {
        TimerWheel wheel(SteadyTime{});
        wheel.set(alarm, 1s);
        QVERIFY(alarm.isSet());
    }
    QVERIFY(!alarm.isSet());
}

QTEST_APPLESS_MAIN(TimerWheelTest)
#include "timer_wheel_test.moc"
