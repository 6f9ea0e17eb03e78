// SPDX-License-Identifier: GPL-3.0-or-later
// mainstayd runs what its core asks for: what that prints is kept, and what it leaves behind is ended.
#include "mainstayd_fixture.h"

#include <atomic>
#include <thread>

using namespace mainstay::guard::testing;

namespace {

// An app with a child in a session of its own, and that with one in another.
struct LivingApp {
    LivingApp()
    {
        surroundings.makeLogFolder();
        surroundings.setScript(
            {QStringLiteral("app a a.log - echo $PPID >%1.new; mv %1.new %1; setsid sh -c 'setsid sh -c "
                            "\"echo \\$\\$ >%3; exec sleep 600\" & echo $$ >%2; wait' & wait")
                 .arg(file("attendant"), file("child"), file("grandchild")),
             QStringLiteral("ready"), QStringLiteral("serve POLITE")});
        daemon.start();
    }
    [[nodiscard]] QString file(const char *name) const { return surroundings.state() + u'/' + QLatin1String(name); }
    [[nodiscard]] qint64 attendant() const { return processIn(file("attendant")); }
    [[nodiscard]] qint64 child() const { return processIn(file("child")); }
    [[nodiscard]] qint64 grandchild() const { return processIn(file("grandchild")); }
    [[nodiscard]] qint64 core() const
    {
        QFile children(QStringLiteral("/proc/%1/task/%1/children").arg(daemon.process().processId()));
        return children.open(QIODevice::ReadOnly) ? children.readAll().split(' ').front().toLongLong() : 0;
    }

    Surroundings surroundings;
    Mainstayd daemon{surroundings};
};

} // namespace

class MainstaydAppsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    // To its very last words, though somebody holds the pipe still when the service ends.
    void anAppHasALogOfTheCoresUser()
    {
        const Surroundings surroundings;
        surroundings.makeLogFolder();
        const QString number = surroundings.state() + QStringLiteral("/process");
        surroundings.setScript(
            {QStringLiteral("app a a.log - printf 'a line\\nhalf a line'; echo $$ >%1; sleep 600").arg(number),
             QStringLiteral("ready"), QStringLiteral("serve POLITE")});
        Mainstayd daemon(surroundings);
        daemon.setVariable(QStringLiteral("MALLOC_PERTURB_"), QStringLiteral("165")); // what is freed holds nothing
        daemon.start();
        QVERIFY(daemon.becomesReady());
        const qint64 process = processIn(number);
        QFile held(QStringLiteral("/proc/%1/fd/1").arg(process));
        QVERIFY(held.open(QIODevice::WriteOnly));
        const QString path = surroundings.state() + QStringLiteral("/log/a.log");
        QTRY_VERIFY(QFileInfo(path).size() > 0);
        QCOMPARE(QFileInfo(path).ownerId(), QFileInfo(surroundings.state()).ownerId());
        daemon.signal(SIGTERM);
        QVERIFY(daemon.waitForEnd());
        QCOMPARE(daemon.process().exitStatus(), QProcess::NormalExit);
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray text = file.readAll();
        QVERIFY2(text.contains(" a line\n") && text.endsWith(" half a line\n"), text.constData());
    }

    void appsShareALog()
    {
        const Surroundings surroundings;
        surroundings.makeLogFolder();
        const QString line = QStringLiteral("app %1 both.log - while :; do printf '%1%07000d\\n' 0; done");
        surroundings.setScript({line.arg(QStringLiteral("a")), line.arg(QStringLiteral("b")), QStringLiteral("ready"),
                                QStringLiteral("serve POLITE")});
        Mainstayd daemon(surroundings);
        daemon.start();
        const QString path = surroundings.state() + QStringLiteral("/log/both.log");
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(path + QStringLiteral(".1")), 20'000);
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo(path).size() > 8 << 20, 20'000);
        daemon.signal(SIGTERM);
        QVERIFY(daemon.waitForEnd());
        for (const QString &name : {path, path + QStringLiteral(".1")}) {
            QFile file(name);
            QVERIFY(file.open(QIODevice::ReadOnly));
            QVERIFY(file.size() <= 10 << 20);
            const QByteArray text = file.readAll();
            // One that was just begun anew may have lines of one of them only.
            const bool isFull = text.size() > 1 << 20;
            QVERIFY2(!isFull || (text.contains("Z a0000") && text.contains("Z b0000")), qPrintable(name));
            QVERIFY(isFull || name == path);
        }
    }

    void theReasonIsThatOfTheLastRun()
    {
        const Surroundings surroundings;
        surroundings.makeLogFolder();
        const QString mark = surroundings.state() + QStringLiteral("/mark");
        surroundings.setScript(
            {QStringLiteral("app a a.log - test -e %1 && exit 7; echo oh; touch %1; exit 3").arg(mark),
             QStringLiteral("ready"), QStringLiteral("serve POLITE")});
        Mainstayd daemon(surroundings);
        daemon.start();
        QVERIFY(
            !daemon.waitFor(QStringLiteral("^core: app a WAITS exited with code 3; its last words: oh$")).isEmpty());
        QVERIFY(!daemon.waitFor(QStringLiteral("^core: app a WAITS exited with code 7")).isEmpty());
        QVERIFY(!daemon.output().contains(QStringLiteral("code 7; its last words")));
    }

    // The next core is not to think that it stays.
    void whatIsEndingIsReportedSo()
    {
        const Surroundings surroundings;
        surroundings.makeLogFolder();
        const QString mark = surroundings.state() + QStringLiteral("/mark");
        const auto once = [&mark](const char *number, const QString &command) {
            return QStringLiteral("once %1%2 %3").arg(mark, QLatin1String(number), command);
        };
        const QString asked = mark + QStringLiteral("-asked"); // to end
        surroundings.setScript(
            {QStringLiteral("patience 5000"),
             QStringLiteral("app a a.log - trap 'touch %1' TERM; touch %2; while :; do sleep 0.05; done")
                 .arg(asked, mark),
             QStringLiteral("await ") + mark, once("1", QStringLiteral("end a")), QStringLiteral("await ") + asked,
             once("2", QStringLiteral("abort")), QStringLiteral("ready"), QStringLiteral("serve POLITE")});
        Mainstayd daemon(surroundings);
        daemon.start();
        QVERIFY(!daemon.waitFor(QStringLiteral("^core: app a ENDING")).isEmpty());
        QVERIFY(!daemon.waitFor(QStringLiteral("^core: app a ENDED")).isEmpty());
        QVERIFY(QFile::exists(mark));
    }

    // Nor what could not be started again.
    void whyItCannotBeStartedAgainIsReported()
    {
        const Surroundings surroundings;
        surroundings.makeLogFolder();
        const QString inherited = surroundings.state() + QStringLiteral("/inherited");
        QVERIFY(QFile(inherited).open(QIODevice::WriteOnly));
        const passwd *nobody = ::getpwnam("nobody"); // as whom it runs under root
        if (::geteuid() == 0)
            QCOMPARE(::chown(QFile::encodeName(inherited).constData(), nobody->pw_uid, nobody->pw_gid), 0);
        surroundings.setScript({QStringLiteral("app a a.log %1 chmod 0 %1; exit 3").arg(inherited),
                                QStringLiteral("ready"), QStringLiteral("serve POLITE")});
        Mainstayd daemon(surroundings);
        daemon.start();
        QVERIFY(!daemon.waitFor(QStringLiteral("^core: app a WAITS exited with code 3")).isEmpty());
        QVERIFY(!daemon.waitFor(QStringLiteral("^core: app a WAITS cannot open what a is to inherit")).isEmpty());
    }

    // An app may do that, which has the same user.
    void whatAKilledAttendantLeavesIsKilled()
    {
        const LivingApp app;
        const std::array<qint64, 3> before{app.attendant(), app.child(), app.grandchild()};
        for (const qint64 process : before)
            QVERIFY(isRunning(process));
        const qint64 core = app.core();
        ::kill(static_cast<pid_t>(before.front()), SIGKILL);
        for (const qint64 process : before)
            QTRY_VERIFY(!isRunning(process));
        QVERIFY(isRunning(core)); // nobody else
    }

    void aSuspendedAttendantEnds()
    {
        LivingApp app;
        QVERIFY(app.attendant() > 0 && app.grandchild() > 0);
        ::kill(static_cast<pid_t>(app.attendant()), SIGSTOP);
        QElapsedTimer timer;
        timer.start();
        app.daemon.signal(SIGTERM);
        QVERIFY(app.daemon.waitForEnd());
        QVERIFY2(timer.elapsed() < 3000, qPrintable(app.daemon.output()));
        QVERIFY(!isRunning(app.grandchild()));
    }

    void anAttendantThatIsSuspendedOverAndOverIsKilled()
    {
        LivingApp app;
        QVERIFY(app.attendant() > 0 && app.grandchild() > 0);
        std::atomic<bool> over = false;
        std::thread suspending([&over, process = static_cast<pid_t>(app.attendant())] {
            while (!over && ::kill(process, SIGSTOP) == 0) {
            }
        });
        app.daemon.signal(SIGTERM);
        QVERIFY(!app.daemon.waitFor(QStringLiteral("^core: drain")).isEmpty());
        app.daemon.signal(SIGTERM);
        const bool ended = app.daemon.waitForEnd(8000);
        over = true;
        suspending.join();
        QVERIFY(ended);
        QVERIFY(!isRunning(app.child()));
        QVERIFY(!isRunning(app.grandchild()));
    }
};

QTEST_GUILESS_MAIN(MainstaydAppsTest)
#include "mainstayd_apps_test.moc"
