// SPDX-License-Identifier: GPL-3.0-or-later
// Tasks and scopes: when they run, when their frames go, and how deep they may nest.
#include "engine/task.h"
#include "engine/task_scope.h"
#include "loopback.h"

#include <QTest>
#include <coroutine>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace mainstay;
using namespace mainstay::engine;

namespace {

std::string g_log;

// Says when it goes.
struct Witness {
    explicit Witness(char letter) : name(letter) {}
    Witness(const Witness &) = delete;
    Witness &operator=(const Witness &) = delete;
    ~Witness() { g_log += name; }
    char name;
};

// Something to wait for, opened by the test.
class Gate {
public:
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiter) noexcept { m_waiter = waiter; }
    void await_resume() const noexcept {}
    void open() { std::exchange(m_waiter, {}).resume(); }

private:
    std::coroutine_handle<> m_waiter;
};

Task<int> answer(int value)
{
    g_log += 'r';
    co_return value;
}

Task<std::unique_ptr<int>> moveOnly()
{
    co_return std::make_unique<int>(5);
}

Task<> waitAt(Gate &gate, char name)
{
    const Witness local(name);
    co_await gate;
    g_log += '|';
}

Task<std::size_t> depth(std::size_t levels)
{
    if (levels == 0)
        co_return 0;
    co_return 1 + co_await depth(levels - 1);
}

Task<> nothing()
{
    co_return;
}

// How deep the stack is where this task runs.
Task<> measureStack(const void *&address)
{
    address = [] [[gnu::noinline]] { return __builtin_frame_address(0); }();
    co_return;
}

Task<> failing()
{
    throw std::runtime_error("invariant");
    co_return;
}

} // namespace

class TaskTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void startsWhenAwaited();
    void aTaskNeverAwaitedIsFreed();
    void results();
    void localsGoBeforeTheAwaiterRuns();
    void deepChains();
    void longChainsLeaveTheStackAlone();
    void anExceptionEndsTheProcess();
    void scopeCounts();
    void scopeIsEmptyAtOnce();
    void aWaiterMayDestroyTheScope();
    void aTaskMayStartOthers();

private:
    std::size_t m_framesBefore = 0;
};

void TaskTest::init()
{
    g_log.clear();
    m_framesBefore = frames::live();
}

void TaskTest::cleanup()
{
    QCOMPARE(frames::live(), m_framesBefore);
}

void TaskTest::startsWhenAwaited()
{
    TaskScope scope;
    int result = 0;
    scope.start([](int &out) -> Task<> {
        Task<int> task = answer(3);
        g_log += 'a';
        out = co_await std::move(task);
        g_log += 'b';
    }(result));
    QCOMPARE(g_log, std::string("arb"));
    QCOMPARE(result, 3);
}

void TaskTest::aTaskNeverAwaitedIsFreed()
{
    {
        const auto witness = std::make_shared<int>(1);
        const std::weak_ptr<int> watch = witness;
        const auto make = [](std::shared_ptr<int> held) -> Task<int> { co_return *held; };
        auto task = std::make_unique<Task<int>>(make(witness));
        QCOMPARE(witness.use_count(), 2L); // the frame holds its parameters
        Task<int> moved = std::move(*task);
        task.reset();
        QCOMPARE(witness.use_count(), 2L);
    }
    QCOMPARE(frames::live(), m_framesBefore);
}

void TaskTest::results()
{
    TaskScope scope;
    int sum = 0;
    scope.start([](int &out) -> Task<> {
        out += co_await answer(2);
        const std::unique_ptr<int> pointer = co_await moveOnly();
        out += *pointer;
    }(sum));
    QCOMPARE(sum, 7);
}

void TaskTest::localsGoBeforeTheAwaiterRuns()
{
    TaskScope scope;
    Gate gate;
    scope.start([](Gate &at) -> Task<> {
        const Witness outer('o');
        co_await waitAt(at, 'i');
        g_log += '>';
    }(gate));
    QCOMPARE(g_log, std::string());
    QCOMPARE(scope.running(), std::size_t(1));
    gate.open();
    QCOMPARE(g_log, std::string("|i>o"));
    QCOMPARE(scope.running(), std::size_t(0));
}

void TaskTest::deepChains()
{
#if defined(__OPTIMIZE__) && !defined(MAINSTAY_POISON) && !defined(__SANITIZE_THREAD__)
    constexpr std::size_t kLevels = 200'000;
#else
    constexpr std::size_t kLevels = 2'000; // no tail calls between instrumented frames
#endif
    TaskScope scope;
    std::size_t reached = 0;
    scope.start([](std::size_t &out) -> Task<> { out = co_await depth(kLevels); }(reached));
    QCOMPARE(reached, kLevels);
}

void TaskTest::longChainsLeaveTheStackAlone()
{
#if defined(MAINSTAY_POISON) || defined(__SANITIZE_THREAD__)
    QSKIP("no tail calls between instrumented frames");
#endif
    // A task that ends at once, a million times over: each end resumes the awaiter by a tail call.
    TaskScope scope;
    const void *first = nullptr;
    const void *last = nullptr;
    scope.start([](const void *&before, const void *&after) -> Task<> {
        co_await measureStack(before);
        for (int i = 0; i < 1'000'000; ++i)
            co_await nothing();
        co_await measureStack(after);
    }(first, last));
    QVERIFY(first != nullptr);
    const auto grown = reinterpret_cast<std::intptr_t>(first) - reinterpret_cast<std::intptr_t>(last);
    QVERIFY2(grown < 1024, qPrintable(QString::number(grown)));
}

void TaskTest::anExceptionEndsTheProcess()
{
    const int status = test::statusOfChild([] {
        try {
            TaskScope scope;
            scope.start(failing());
        } catch (...) {
            return 1;
        }
        return 0;
    });
    QVERIFY(WIFSIGNALED(status));
    QCOMPARE(WTERMSIG(status), SIGABRT);
}

void TaskTest::scopeCounts()
{
    TaskScope scope;
    Gate first;
    Gate second;
    scope.start(waitAt(first, '1'));
    scope.start(waitAt(second, '2'));
    QCOMPARE(scope.running(), std::size_t(2));

    TaskScope outer;
    outer.start([](TaskScope &inner) -> Task<> {
        co_await inner.empty();
        g_log += 'e';
    }(scope));
    second.open();
    QCOMPARE(scope.running(), std::size_t(1));
    QCOMPARE(outer.running(), std::size_t(1));
    first.open();
    QCOMPARE(g_log, std::string("|2|1e")); // frames are gone before the waiter hears of it
    QCOMPARE(outer.running(), std::size_t(0));
}

void TaskTest::scopeIsEmptyAtOnce()
{
    TaskScope scope;
    scope.start(nothing());
    TaskScope outer;
    outer.start([](TaskScope &inner) -> Task<> { co_await inner.empty(); }(scope));
    QCOMPARE(outer.running(), std::size_t(0));
}

void TaskTest::aWaiterMayDestroyTheScope()
{
    auto scope = std::make_unique<TaskScope>();
    Gate gate;
    scope->start(waitAt(gate, 'x'));
    TaskScope outer;
    outer.start([](std::unique_ptr<TaskScope> &inner) -> Task<> {
        co_await inner->empty();
        inner.reset();
    }(scope));
    gate.open();
    QVERIFY(!scope);
    QCOMPARE(outer.running(), std::size_t(0));
}

void TaskTest::aTaskMayStartOthers()
{
    TaskScope scope;
    Gate gate;
    scope.start([](TaskScope &own, Gate &at) -> Task<> {
        own.start(waitAt(at, 'n'));
        g_log += 's';
        co_return;
    }(scope, gate));
    QCOMPARE(g_log, std::string("s"));
    QCOMPARE(scope.running(), std::size_t(1));
    gate.open();
    QCOMPARE(scope.running(), std::size_t(0));
}

QTEST_APPLESS_MAIN(TaskTest)
#include "task_test.moc"
