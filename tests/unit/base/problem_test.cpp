// SPDX-License-Identifier: GPL-3.0-or-later
// Results, errors and problems as values and as the one line people read.
#include "base/clock.h"
#include "base/problem.h"
#include "base/result.h"

#include <QTest>
#include <memory>

using namespace mainstay;

namespace {

Result<std::unique_ptr<int>> made(bool works)
{
    if (!works)
        return fail("thing.broken", "the thing \"a\" is broken", "mend it");
    return std::make_unique<int>(3);
}

Result<> used(bool works)
{
    auto thing = made(works);
    if (!thing)
        return forward(std::move(thing));
    return {};
}

} // namespace

class ProblemTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void results();
    void errorText();
    void problemText_data();
    void problemText();
    void severity();
    void theSteadyClockIsSteady();
};

void ProblemTest::results()
{
    QVERIFY(used(true));
    QCOMPARE(**made(true), 3);
    const Result<> failed = used(false);
    QVERIFY(!failed);
    QVERIFY(failed.error() == (Error{"thing.broken", "the thing \"a\" is broken", "mend it"}));
}

void ProblemTest::errorText()
{
    QCOMPARE(used(false).error().text(), std::string("the thing \"a\" is broken: mend it"));
    QCOMPARE((Error{"a.b", "no remedy", {}}).text(), std::string("no remedy"));
    QCOMPARE((Error{"a.b", "said \x1b[0m\nforged \xc3\xbc\x7f", {}}).text(),
             std::string("said \\x1b[0m\\x0aforged \xc3\xbc\\x7f"));
}

void ProblemTest::problemText_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<int>("line");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("remedy");
    QTest::addColumn<bool>("warning");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("all") << QByteArray("a.toml") << 7 << QByteArray("site.a") << QByteArray("mend it") << false
                         << QByteArray("a.toml:7: site.a: is broken (mend it)");
    QTest::newRow("warning") << QByteArray("a.toml") << 7 << QByteArray("site.a") << QByteArray("mend it") << true
                             << QByteArray("a.toml:7: warning: site.a: is broken (mend it)");
    QTest::newRow("no line") << QByteArray("a.toml") << 0 << QByteArray("site.a") << QByteArray() << false
                             << QByteArray("a.toml: site.a: is broken");
    QTest::newRow("no file") << QByteArray() << 0 << QByteArray() << QByteArray() << false << QByteArray("is broken");
}

void ProblemTest::problemText()
{
    QFETCH(QByteArray, file);
    QFETCH(int, line);
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, remedy);
    QFETCH(bool, warning);
    QFETCH(QByteArray, text);
    const Problem problem{"x.y",
                          path.toStdString(),
                          "is broken",
                          remedy.toStdString(),
                          {file.toStdString(), static_cast<std::uint32_t>(line), 3},
                          warning ? Severity::warning : Severity::error};
    QCOMPARE(problem.text(), text.toStdString());
}

void ProblemTest::severity()
{
    Problem warning;
    warning.severity = Severity::warning;
    QVERIFY(!hasErrors({}));
    QVERIFY(!hasErrors({warning, warning}));
    QVERIFY(hasErrors({warning, Problem{}})); // an error unless it says otherwise
}

void ProblemTest::theSteadyClockIsSteady()
{
    static_assert(SteadyClock::is_steady);
    const SteadyTime before = SteadyClock::now();
    QVERIFY(before <= SteadyClock::now());
    QCOMPARE(Milliseconds(Seconds(2)).count(), 2000);
}

QTEST_APPLESS_MAIN(ProblemTest)
#include "problem_test.moc"
