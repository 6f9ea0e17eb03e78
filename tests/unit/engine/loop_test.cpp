// SPDX-License-Identifier: GPL-3.0-or-later
// The loop: who gets a turn and when, and what may go while it runs; pauses and the worker's thread.
#include "engine/loop.h"
#include "engine/sleeper.h"
#include "engine/task_scope.h"
#include "engine/worker.h"
#include "loopback.h"

#include <QTest>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <ctime>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <sys/eventfd.h>
#include <thread>

using namespace mainstay;
using namespace mainstay::engine;
using namespace std::chrono_literals;
using mainstay::test::runUntil;

namespace {

class Alarm final : public Timer {
public:
    int rings = 0;

private:
    void onDue() override { ++rings; }
};

// An event counter that is readable from the start, level-triggered.
class Bell final : public Descriptor {
public:
    Bell(Loop &loop, std::function<void(Readiness)> ring)
        : Descriptor(loop, NativeSocket(::eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC)), Trigger::level),
          m_ring(std::move(ring))
    {}
    void stop() { closeDescriptor(); }
    void mute() { unwatch(); }
    bool unmute() { return watch(); }

private:
    void onReady(Readiness readiness) override { m_ring(readiness); }
    std::function<void(Readiness)> m_ring;
};

Task<> takeTurns(Loop &loop, std::string &log, char name, int turns)
{
    for (int i = 0; i < turns; ++i) {
        log += name;
        co_await loop.yield();
    }
}

Task<> rest(Sleeper &sleeper, Milliseconds duration, int &result)
{
    result = co_await sleeper.sleep(duration) ? 1 : 0;
}

} // namespace

class LoopTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void runsPostedJobs();
    void stopFinishesTheTurn();
    void yieldIsFair();
    void yieldLetsEventsIn();
    void endOfTurnComesLast();
    void jobsHaveATurnOfTheirOwn();
    void resumeSoon();
    void resumeSoonOutsideOfATurn();
    void retryLater();
    void aDescriptorMayGoInAnyCallback();
    void aDescriptorMayGoBeforeItsRetry();
    void unwatched();
    void unregistered();
    void deadlinesCountFromNow();
    void watchedTurns();
    void sleepersRest();
    void sleepersAreWoken();
    void workerRunsJobsOnItsThread();
    void workerEndsWithJobsWaiting();
    void workerNeverStarted();
};

void LoopTest::runsPostedJobs()
{
    Loop loop;
    std::vector<int> ran;
    std::thread poster([&] {
        for (int i = 0; i < 100; ++i)
            loop.post([&ran, i] { ran.push_back(i); });
        loop.stop();
    });
    loop.run();
    poster.join();
    QCOMPARE(ran.size(), std::size_t(100));
    QVERIFY(std::is_sorted(ran.begin(), ran.end()));
    QVERIFY(loop.counters().jobs.value() >= 1);
}

void LoopTest::stopFinishesTheTurn()
{
    Loop loop;
    int ran = 0;
    loop.stop();
    loop.post([&ran] { ++ran; }); // taken together with the stop
    loop.run();
    QCOMPARE(ran, 1);
    QCOMPARE(loop.counters().turns.value(), std::uint64_t(1));
}

void LoopTest::yieldIsFair()
{
    Loop loop;
    TaskScope scope;
    std::string log;
    scope.start(takeTurns(loop, log, 'a', 3));
    scope.start(takeTurns(loop, log, 'b', 3));
    for (int turn = 0; turn < 3; ++turn)
        loop.turn(10s); // and does not wait
    QCOMPARE(log, std::string("ababab"));
    QCOMPARE(scope.running(), std::size_t(0));
}

void LoopTest::yieldLetsEventsIn()
{
    Loop loop;
    TaskScope scope;
    std::string log;
    Bell bell(loop, [&log](Readiness) { log += '!'; });
    Alarm alarm;
    loop.timers().set(alarm, 20ms);
    scope.start(takeTurns(loop, log, 'a', 3));
    loop.turn(10s);
    loop.turn(10s);
    QCOMPARE(log, std::string("a!a!a"));
    scope.start([](Loop &own, const Alarm &until) -> Task<> {
        while (until.rings == 0)
            co_await own.yield();
    }(loop, alarm));
    QVERIFY(runUntil(loop, [&] { return scope.running() == 0; }));
}

void LoopTest::endOfTurnComesLast()
{
    Loop loop;
    TaskScope scope;
    std::string log;
    const auto ring = [&](Readiness) {
        log += '!';
        scope.start([](Loop &own, std::string &out) -> Task<> {
            co_await own.endOfTurn();
            out += 'e';
            co_await own.endOfTurn(); // of the next one
            out += 'E';
        }(loop, log));
    };
    Bell first(loop, ring);
    Bell second(loop, ring);
    loop.turn(10s);
    QCOMPARE(log, std::string("!!ee"));
    first.mute();
    second.mute();
    loop.turn(10s); // and does not wait
    QCOMPARE(log, std::string("!!eeEE"));
}

void LoopTest::jobsHaveATurnOfTheirOwn()
{
    Loop loop;
    std::string log;
    Bell kept(loop, [&log](Readiness) { log += 'k'; });
    auto gone = std::make_unique<Bell>(loop, [&log](Readiness) { log += 'g'; });
    loop.post([&] {
        log += 'j';
        gone.reset();
    });
    loop.turn(10s);
    QCOMPARE(log, std::string("j"));
    loop.turn(10s);
    QCOMPARE(log, std::string("jk"));
}

void LoopTest::resumeSoon()
{
    Loop loop;
    TaskScope scope;
    std::string log;
    struct Later {
        Loop &loop;
        std::string &log;
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> waiter) const
        {
            loop.resumeSoon(waiter);
            log += 's';
        }
        void await_resume() const noexcept {}
    };
    loop.post([&] {
        scope.start([](Loop &own, std::string &out) -> Task<> {
            co_await Later{own, out};
            out += 'r';
            co_await Later{own, out}; // again from within: still this turn
            out += 'R';
        }(loop, log));
        log += 'j';
    });
    loop.turn(10s);
    QCOMPARE(log, std::string("sjrsR"));
}

void LoopTest::resumeSoonOutsideOfATurn()
{
    Loop loop;
    TaskScope scope;
    Sleeper sleeper(loop);
    int result = -1;
    scope.start(rest(sleeper, 60s, result));
    sleeper.wake();
    const SteadyTime begun = SteadyClock::now();
    loop.turn(20s);
    QVERIFY(SteadyClock::now() - begun < 10s);
    QCOMPARE(result, 0);
}

void LoopTest::retryLater()
{
    Loop loop;
    int calls = 0;
    Bell bell(loop, [&](Readiness readiness) { calls += readiness.readable ? 0 : 1; });
    bell.mute();
    loop.retryLater(bell);
    loop.turn(10s);
    QCOMPARE(calls, 1);
    loop.turn(0ms);
    QCOMPARE(calls, 1);
}

void LoopTest::aDescriptorMayGoInAnyCallback()
{
    // Whichever is told first destroys itself and the others, which must not be told any more.
    Loop loop;
    std::array<std::unique_ptr<Bell>, 3> bells;
    int calls = 0;
    for (auto &bell : bells)
        bell = std::make_unique<Bell>(loop, [&](Readiness) {
            int &counted = calls; // the callback goes with its bell
            auto &all = bells;
            for (auto &each : all)
                each.reset();
            ++counted;
        });
    loop.turn(10s);
    QCOMPARE(calls, 1);
    loop.turn(0ms);
    QCOMPARE(calls, 1);
}

void LoopTest::aDescriptorMayGoBeforeItsRetry()
{
    Loop loop;
    int calls = 0;
    std::array<std::unique_ptr<Bell>, 2> bells;
    for (std::size_t i = 0; i < 2; ++i) {
        bells[i] = std::make_unique<Bell>(loop, [&calls, &bells, i](Readiness) {
            ++calls;
            bells[1 - i].reset();
        });
        bells[i]->mute();
        loop.retryLater(*bells[i]);
    }
    loop.turn(10s);
    QCOMPARE(calls, 1);

    auto another = std::make_unique<Bell>(loop, [&calls](Readiness) { calls += 100; });
    loop.retryLater(*another);
    another.reset();
    loop.turn(0ms);
    QCOMPARE(calls, 1);
}

void LoopTest::unwatched()
{
    Loop loop;
    int calls = 0;
    Bell bell(loop, [&calls](Readiness) { ++calls; });
    bell.mute();
    QVERIFY(!bell.isRegistered());
    loop.turn(0ms);
    QCOMPARE(calls, 0);
    QVERIFY(bell.unmute());
    QVERIFY(bell.unmute()); // as often as one likes
    loop.turn(0ms);
    QCOMPARE(calls, 1);
    bell.stop();
    bell.stop();
    QVERIFY(!bell.unmute()); // closed for good
    loop.turn(0ms);
    QCOMPARE(calls, 1);
}

void LoopTest::unregistered()
{
    class Closed final : public Descriptor {
    public:
        explicit Closed(Loop &loop) : Descriptor(loop, NativeSocket(), Trigger::edge) {}

    private:
        void onReady(Readiness) override {}
    };
    Loop loop;
    const Closed none(loop);
    QVERIFY(!none.isRegistered());
}

void LoopTest::deadlinesCountFromNow()
{
    Loop loop;
    loop.turn(0ms);
    std::this_thread::sleep_for(200ms); // as an idle loop does
    Alarm alarm;
    SteadyTime set;
    loop.post([&] {
        set = SteadyClock::now();
        loop.timers().set(alarm, 100ms);
    });
    loop.turn(0ms);
    QCOMPARE(alarm.rings, 0);
    QVERIFY(runUntil(loop, [&] { return alarm.rings > 0; }));
    QVERIFY(SteadyClock::now() - set >= 100ms - 1ms); // the turn began a little before the job ran
}

void LoopTest::watchedTurns()
{
    Loop loop;
    loop.post([] { std::this_thread::sleep_for(30ms); });
    loop.turn(0ms);
    QCOMPARE(loop.counters().watchedTurns.value(), std::uint64_t(0));
    QCOMPARE(loop.counters().longestWatchedTurn.value(), std::uint64_t(0));
    loop.post([&loop] {
        loop.watchTurn();
        std::this_thread::sleep_for(20ms);
    });
    loop.turn(0ms);
    loop.turn(0ms);
    QCOMPARE(loop.counters().watchedTurns.value(), std::uint64_t(1));
    QVERIFY(loop.counters().longestWatchedTurn.value() >= 20'000);
    QVERIFY(loop.counters().costliestWatchedTurn.value() < 10'000); // asleep it costs nothing
    loop.post([&loop] {
        loop.watchTurn();
        const std::clock_t until = std::clock() + CLOCKS_PER_SEC / 50; // of processor time
        while (std::clock() < until) {
        }
    });
    loop.turn(0ms);
    QVERIFY(loop.counters().costliestWatchedTurn.value() >= 15'000);
}

void LoopTest::sleepersRest()
{
    Loop loop;
    TaskScope scope;
    Sleeper sleeper(loop);
    for (int round = 0; round < 2; ++round) { // and rest again
        int result = -1;
        const SteadyTime begun = SteadyClock::now();
        loop.turn(0ms);
        scope.start(rest(sleeper, 50ms, result));
        QVERIFY(runUntil(loop, [&] { return result >= 0; }));
        QCOMPARE(result, 1);
        QVERIFY(SteadyClock::now() - begun >= 50ms);
    }
}

void LoopTest::sleepersAreWoken()
{
    Loop loop;
    TaskScope scope;
    Sleeper sleeper(loop);
    sleeper.wake(); // nobody sleeps
    int result = -1;
    scope.start(rest(sleeper, 60s, result));
    loop.post([&] {
        sleeper.wake();
        sleeper.wake();
    });
    loop.turn(10s);
    QCOMPARE(result, 0);
    QCOMPARE(scope.running(), std::size_t(0));
}

void LoopTest::workerRunsJobsOnItsThread()
{
    Worker worker(3);
    QCOMPARE(worker.index(), WorkerIndex(3));
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<int> order;
    std::thread::id thread;
    std::string name;
    bool blocked = false;
    worker.post([&] { // before the start
        const std::lock_guard lock(mutex);
        order.push_back(1);
    });
    worker.start();
    worker.post([&] {
        const std::lock_guard lock(mutex);
        order.push_back(2);
        thread = std::this_thread::get_id();
        std::array<char, 16> text{};
        ::pthread_getname_np(::pthread_self(), text.data(), text.size());
        name = text.data();
        sigset_t mask;
        ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        blocked = ::sigismember(&mask, SIGTERM) == 1 && ::sigismember(&mask, SIGPIPE) == 1;
        changed.notify_one();
    });
    std::unique_lock lock(mutex);
    QVERIFY(changed.wait_for(lock, 10s, [&order] { return order.size() == 2; }));
    QCOMPARE(order, (std::vector<int>{1, 2}));
    QVERIFY(thread != std::this_thread::get_id());
    QCOMPARE(name, std::string("worker-3"));
    QVERIFY(blocked);
    QVERIFY(worker.counters().jobs.value() >= 1);
}

void LoopTest::workerEndsWithJobsWaiting()
{
    std::atomic<int> ran = 0;
    for (int round = 0; round < 20; ++round) {
        Worker worker(0);
        worker.start();
        std::thread poster([&] {
            for (int i = 0; i < 200; ++i)
                worker.post([&ran] { ++ran; });
        });
        poster.join();
    }
    QCOMPARE(ran.load(), 20 * 200); // all were posted before the stop
}

void LoopTest::workerNeverStarted()
{
    const auto held = std::make_shared<int>(0);
    {
        Worker worker(0);
        worker.post([held] { ++*held; });
    }
    QCOMPARE(held.use_count(), 1L);
    QCOMPARE(*held, 0);
}

QTEST_APPLESS_MAIN(LoopTest)
#include "loop_test.moc"
