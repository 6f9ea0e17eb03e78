// SPDX-License-Identifier: GPL-3.0-or-later
// mainstayd starts, restarts, reloads and ends its core and everything below it.
#include "mainstayd_fixture.h"

#include <pty.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

using namespace mainstay::guard::testing;

class MainstaydLifeTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aCoreThatFailsIsRestartedEverLater()
    {
        Surroundings surroundings;
        surroundings.setScript({QStringLiteral("exit 3")});
        Mainstayd daemon(surroundings);
        daemon.start();
        for (const auto *when : {"at once", "in 100 ms", "in 200 ms", "in 400 ms", "in 800 ms"}) {
            QVERIFY(
                !daemon
                     .waitFor(QStringLiteral("^mainstayd: core \\(process \\d+\\) exited with code 3; it is started "
                                             "again %1$")
                                  .arg(QLatin1String(when)))
                     .isEmpty());
        }
    }

    void aWrongConfigurationIsNotTriedOverAndOver()
    {
        Surroundings surroundings;
        surroundings.setScript({QStringLiteral("exit 78")});
        Mainstayd daemon(surroundings);
        daemon.start();
        const QString line = QStringLiteral("exited with code 78; it is started again in 30 s$");
        QVERIFY(!daemon.waitFor(line).isEmpty());
        QTest::qSleep(300);
        // People have changed it and say so.
        daemon.signal(SIGHUP);
        QVERIFY(!daemon.waitFor(line).isEmpty());
        QCOMPARE(daemon.output().count(QStringLiteral("code 78")), 2);
        daemon.signal(SIGTERM);
        QVERIFY(daemon.waitForEnd());
        QCOMPARE(daemon.process().exitCode(), 0);
    }

    void aReloadWhileItWaitsStartsOneCore()
    {
        Surroundings surroundings;
        QStringList script;
        for (int i = 0; i < 5; ++i)
            script << QStringLiteral("once %1/failed%2 exit 3").arg(surroundings.state()).arg(i);
        surroundings.setScript(script << QStringLiteral("print up") << QStringLiteral("ready")
                                      << QStringLiteral("serve POLITE"));
        Mainstayd daemon(surroundings);
        daemon.start();
        QVERIFY(!daemon.waitFor(QStringLiteral("it is started again in 800 ms$")).isEmpty());
        daemon.signal(SIGHUP);
        QVERIFY(!daemon.waitFor(QStringLiteral("^core: up$")).isEmpty());
        QTest::qSleep(1200); // until after the start that was due
        daemon.signal(SIGTERM);
        QVERIFY(daemon.waitForEnd());
        QCOMPARE(daemon.process().exitCode(), 0);
        QCOMPARE(daemon.output().count(QStringLiteral("core: up\n")), 1);
    }

    void reloadAndOrderlyEnd()
    {
        Surroundings surroundings;
        surroundings.setScript({QStringLiteral("ready"), QStringLiteral("serve POLITE")});
        Mainstayd daemon(surroundings, {QStringLiteral("--drain"), QStringLiteral("7")});
        daemon.start();
        QVERIFY(daemon.becomesReady());
        daemon.signal(SIGHUP);
        QVERIFY(!daemon.waitFor(QStringLiteral("^core: reload$")).isEmpty());
        daemon.signal(SIGINT);
        QVERIFY(!daemon.waitFor(QStringLiteral("^mainstayd: stopping: open requests have 7 s to finish$")).isEmpty());
        QVERIFY(!daemon.waitFor(QStringLiteral("^core: drain 7000$")).isEmpty());
        QVERIFY(!daemon.waitFor(QStringLiteral("^mainstayd: stopped$")).isEmpty());
        QVERIFY(daemon.waitForEnd());
        QCOMPARE(daemon.process().exitStatus(), QProcess::NormalExit);
        QCOMPARE(daemon.process().exitCode(), 0);
    }

    // Closing the window, or losing the connection, of the terminal it runs in.
    void aClosedTerminalEndsTheService()
    {
        Surroundings surroundings;
        surroundings.setScript({QStringLiteral("ready"), QStringLiteral("serve POLITE")});
        const Mainstayd daemon(surroundings);
        std::vector<QByteArray> words{QFile::encodeName(programPath(QStringLiteral("mainstayd")))};
        for (const QString &argument : daemon.arguments())
            words.push_back(argument.toUtf8());
        std::vector<char *> pointers;
        for (QByteArray &word : words)
            pointers.push_back(word.data());
        pointers.push_back(nullptr);

        int terminal = -1;
        const pid_t process = ::forkpty(&terminal, nullptr, nullptr, nullptr);
        if (process == 0) {
            ::execv(pointers[0], pointers.data());
            ::_exit(127);
        }
        QByteArray output;
        std::array<char, 512> bytes{};
        while (!output.contains("is ready")) {
            const ssize_t length = ::read(terminal, bytes.data(), bytes.size());
            QVERIFY(length > 0);
            output.append(bytes.data(), length);
        }
        ::close(terminal);
        int status = -1;
        bool ended = false;
        for (int i = 0; i < 1500 && !ended; ++i) {
            ended = ::waitpid(process, &status, WNOHANG) == process;
            QTest::qSleep(10);
        }
        QVERIFY(ended);
        QVERIFY(WIFEXITED(status));
        QCOMPARE(WEXITSTATUS(status), 0);
    }

    void everyDescendantIsEnded()
    {
        Surroundings surroundings;
        const QString plain = surroundings.state() + QStringLiteral("/plain");
        const QString stubborn = surroundings.state() + QStringLiteral("/stubborn");
        const QString child = surroundings.state() + QStringLiteral("/child");
        surroundings.setScript(
            {QStringLiteral("orphan %1 PLAIN").arg(plain), QStringLiteral("orphan %1 STUBBORN").arg(stubborn),
             QStringLiteral("child %1").arg(child), QStringLiteral("ready"), QStringLiteral("serve POLITE")});
        Mainstayd daemon(surroundings);
        daemon.start();
        QVERIFY(daemon.becomesReady());
        const std::array<qint64, 3> processes{processIn(plain), processIn(stubborn), processIn(child)};
        for (const qint64 process : processes)
            QVERIFY(isRunning(process));
        QElapsedTimer timer;
        timer.start();
        daemon.signal(SIGTERM);
        QVERIFY(daemon.waitForEnd());
        QVERIFY(timer.elapsed() < 6000);
        for (const qint64 process : processes)
            QVERIFY(!isRunning(process));
    }

    void aDeafCoreIsKilledAtTheDeadline()
    {
        Surroundings surroundings;
        surroundings.setScript({QStringLiteral("ready"), QStringLiteral("serve DEAF")});
        Mainstayd daemon(surroundings, {QStringLiteral("--drain"), QStringLiteral("0")});
        daemon.start();
        QVERIFY(daemon.becomesReady());
        daemon.signal(SIGTERM);
        QVERIFY(!daemon.waitFor(QStringLiteral("did not end within 0 s and is killed$")).isEmpty());
        QVERIFY(daemon.waitForEnd());
        QCOMPARE(daemon.process().exitCode(), 0);
    }

    void aSecondSignalDoesNotWait()
    {
        Surroundings surroundings;
        surroundings.setScript({QStringLiteral("ready"), QStringLiteral("serve DEAF")});
        Mainstayd daemon(surroundings, {QStringLiteral("--drain"), QStringLiteral("600")});
        daemon.start();
        QVERIFY(daemon.becomesReady());
        daemon.signal(SIGINT);
        QVERIFY(!daemon.waitFor(QStringLiteral("^core: drain 600000$")).isEmpty());
        daemon.signal(SIGINT);
        QVERIFY(daemon.waitForEnd());
        QVERIFY(daemon.output().contains(QStringLiteral("mainstayd: not waiting any longer")));
    }

    void whatADeadCoreLeavesInItsGroupIsKilled()
    {
        Surroundings surroundings;
        const QString child = surroundings.state() + QStringLiteral("/child");
        surroundings.setScript({QStringLiteral("once %1.done child %1").arg(child),
                                QStringLiteral("once %1.pause pause 300").arg(child), QStringLiteral("print alive"),
                                QStringLiteral("once %1.abort abort").arg(child), QStringLiteral("ready"),
                                QStringLiteral("serve POLITE")});
        Mainstayd daemon(surroundings);
        daemon.start();
        const qint64 process = processIn(child);
        QVERIFY(process > 0);
        QVERIFY(daemon.becomesReady());
        QTRY_VERIFY(!isRunning(process));
    }

    void aCoreThatEndsByItsOwnWishEndsTheService()
    {
        Surroundings surroundings;
        surroundings.setScript({QStringLiteral("ready"), QStringLiteral("stopping"), QStringLiteral("exit 0")});
        Mainstayd daemon(surroundings);
        daemon.start();
        QVERIFY(daemon.waitForEnd());
        QCOMPARE(daemon.process().exitCode(), 0);
        QVERIFY(daemon.output().endsWith(QStringLiteral("mainstayd: stopped\n")));
    }

    void outputIsCaptured()
    {
        Surroundings surroundings;
        surroundings.setScript({QStringLiteral("flood 3000"), QStringLiteral("print done"), QStringLiteral("ready"),
                                QStringLiteral("serve POLITE")});
        Mainstayd daemon(surroundings);
        daemon.start();
        QVERIFY(!daemon.waitFor(QStringLiteral("^core: done$")).isEmpty());
        QCOMPARE(daemon.output().count(QStringLiteral("core: line ")), 3000);
        QVERIFY(!daemon.output().contains(QStringLiteral("missing")));
    }

    void outputThatNobodyReadsHoldsNobodyUp()
    {
        Surroundings surroundings;
        const QString mark = surroundings.state() + QStringLiteral("/mark");
        surroundings.setScript({QStringLiteral("flood 100000"), QStringLiteral("once %1 print done").arg(mark),
                                QStringLiteral("ready"), QStringLiteral("serve POLITE")});
        Mainstayd daemon(surroundings);
        daemon.start();
        for (int i = 0; i < 2000 && !QFile::exists(mark); ++i) // without reading
            QTest::qSleep(10);
        QVERIFY(QFile::exists(mark));
        QVERIFY(!daemon.waitFor(QStringLiteral("^core: line 0 of")).isEmpty());
        daemon.signal(SIGTERM);
        QVERIFY(daemon.waitForEnd());
    }

    void oneForEachStateFolder()
    {
        Surroundings surroundings;
        surroundings.setScript({QStringLiteral("ready"), QStringLiteral("serve POLITE")});
        Mainstayd first(surroundings);
        first.start();
        QVERIFY(first.becomesReady());
        Mainstayd second(surroundings);
        second.start();
        QVERIFY(second.waitForEnd());
        QCOMPARE(second.process().exitCode(), 1);
        QCOMPARE(
            second.output(),
            QStringLiteral("mainstayd: the state folder %1 is in use by mainstayd with process id %2: stop that one "
                           "first, or name another folder with --state DIR\n")
                .arg(surroundings.state())
                .arg(first.process().processId()));
    }

    void theCoreOutlivesAKilledGuardOnlyToFinish()
    {
        Surroundings surroundings;
        surroundings.setScript(
            {QStringLiteral("bind tcp 127.0.0.1:0 web 2"), QStringLiteral("ready"), QStringLiteral("serve POLITE")});
        Mainstayd first(surroundings);
        first.start();
        QVERIFY(first.becomesReady());
        first.process().kill();
        QVERIFY(first.waitForEnd());
        // The next one waits for the core that still finishes, so two never use one state folder.
        Mainstayd second(surroundings);
        second.start();
        QVERIFY(!second.waitFor(QStringLiteral("^mainstayd: waiting for the mainstay-core of an earlier mainstayd"))
                     .isEmpty());
        QVERIFY(second.becomesReady());
        QVERIFY(QFile::exists(surroundings.state() + QStringLiteral("/gone")));
    }

    void theServiceManagerIsTold()
    {
        Surroundings surroundings;
        surroundings.setScript(
            {QStringLiteral("status serving 3 sites"), QStringLiteral("ready"), QStringLiteral("serve POLITE")});
        const QByteArray path = QFile::encodeName(surroundings.file("notify"));
        const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.constData(), static_cast<std::size_t>(path.size()));
        QCOMPARE(::bind(socket, reinterpret_cast<sockaddr *>(&address), sizeof address), 0);
        const timeval patience{.tv_sec = 10, .tv_usec = 0};
        ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        const auto next = [socket] {
            std::array<char, 256> text{};
            const ssize_t length = ::recv(socket, text.data(), text.size(), 0);
            return QByteArray(text.data(), std::max<qsizetype>(length, 0));
        };

        Mainstayd daemon(surroundings);
        daemon.setVariable(QStringLiteral("NOTIFY_SOCKET"), QString::fromUtf8(path));
        daemon.start();
        QCOMPARE(next(), QByteArray("STATUS=serving 3 sites"));
        QCOMPARE(next(), QByteArray("READY=1"));
        daemon.signal(SIGHUP);
        QVERIFY(next().startsWith("RELOADING=1\nMONOTONIC_USEC="));
        QCOMPARE(next(), QByteArray("READY=1"));
        daemon.signal(SIGTERM);
        QCOMPARE(next(), QByteArray("STOPPING=1"));
        QVERIFY(daemon.waitForEnd());
        ::close(socket);
    }
};

QTEST_GUILESS_MAIN(MainstaydLifeTest)
#include "mainstayd_life_test.moc"
