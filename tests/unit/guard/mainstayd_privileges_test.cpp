// SPDX-License-Identifier: GPL-3.0-or-later
// As what the core runs, and what mainstayd says when it cannot run.
#include "mainstayd_fixture.h"

using namespace mainstay::guard::testing;

namespace {

struct Ended {
    int code;
    QString output;
};

bool write(const QString &path, const QByteArray &text)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
}

Ended run(const QStringList &arguments)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(programPath(QStringLiteral("mainstayd")), arguments);
    if (!process.waitForFinished(20'000)) {
        process.kill();
        process.waitForFinished();
        return {-1, {}};
    }
    return {process.exitCode(), QString::fromUtf8(process.readAll())};
}

} // namespace

class MainstaydPrivilegesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    // Holds for a test run as root, where mainstayd changes to another user, and for one that is not.
    void theCoreHasNoPrivileges()
    {
        Surroundings surroundings;
        surroundings.setScript({QStringLiteral("report"), QStringLiteral("ready"), QStringLiteral("serve POLITE")});
        Mainstayd daemon(surroundings);
        daemon.setVariable(QStringLiteral("NOTIFY_SOCKET"), QStringLiteral("@mainstay-test-of-nobody"));
        daemon.start();
        const QString user = daemon.waitFor(QStringLiteral("^core: user (\\d+)$"));
        QVERIFY(!user.isEmpty());
        QVERIFY(user != QStringLiteral("0"));
        QVERIFY(!daemon.waitFor(QStringLiteral("^core: session own$")).isEmpty());
        QVERIFY(!daemon.waitFor(QStringLiteral("^core: folder %1$").arg(surroundings.state())).isEmpty());
        // Of supplementary groups none is root's.
        const QString groups = daemon.waitFor(QStringLiteral("^core: Groups:[ \\t]*(.*)$"));
        QVERIFY(!groups.split(u' ', Qt::SkipEmptyParts).contains(QStringLiteral("0")));
        for (const auto *line :
             {"SigBlk:\\s*0+", "CapInh:\\s*0+", "CapPrm:\\s*0+", "CapEff:\\s*0+", "CapAmb:\\s*0+", "NoNewPrivs:\\s*1"})
            QVERIFY(!daemon.waitFor(QStringLiteral("^core: %1$").arg(QLatin1String(line))).isEmpty());
        // Input, output, errors, the line to the guard, the lock.
        QVERIFY(!daemon.waitFor(QStringLiteral("^core: descriptors 5$")).isEmpty());
        QVERIFY(!daemon.waitFor(QStringLiteral("^core: notify none$")).isEmpty());
    }

    // Whatever the core says: as root, mainstayd does with files what the core's own user could do.
    void theCoreReachesNoFileOfRoot()
    {
        if (::geteuid() != 0)
            QSKIP("only root has files that the core must not reach");
        const Surroundings surroundings;
        const QString folder = surroundings.file("root");
        const QString victim = folder + QStringLiteral("/victim");
        QVERIFY(QDir().mkdir(folder));
        QVERIFY(write(victim, "secret\n"));
        QVERIFY(QFile::setPermissions(victim, QFile::ReadOwner | QFile::WriteOwner));
        QVERIFY(QFile::link(folder, surroundings.state() + QStringLiteral("/log")));
        const QString stolen = surroundings.state() + QStringLiteral("/stolen");
        surroundings.setScript({QStringLiteral("app climbs ../../root/victim - echo hello"),
                                QStringLiteral("app links victim - echo hello; sleep 600"),
                                QStringLiteral("app reads x.log %1 cat <&3 >%2").arg(victim, stolen),
                                QStringLiteral("ready"), QStringLiteral("serve POLITE")});
        Mainstayd daemon(surroundings);
        daemon.start();
        QVERIFY(!daemon.waitFor(QStringLiteral("^core: app climbs ENDED .*is not the name of a log")).isEmpty());
        QVERIFY(!daemon.waitFor(QStringLiteral("^core: app links RUNS")).isEmpty());
        QVERIFY(
            !daemon.waitFor(QStringLiteral("^core: app reads ENDED cannot open what reads is to inherit")).isEmpty());
        daemon.signal(SIGTERM);
        QVERIFY(daemon.waitForEnd());
        QFile file(victim);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), QByteArray("secret\n"));
        QCOMPARE(QFileInfo(victim).ownerId(), 0U);
        QVERIFY(!QFile::exists(folder + QStringLiteral("/x.log")));
        QVERIFY(!QFile::exists(stolen));
    }

    void rootNeedsAnotherUser()
    {
        Surroundings surroundings;
        const QStringList folders{QStringLiteral("--state"), surroundings.state(), QStringLiteral("--runtime"),
                                  surroundings.file("run")};
        const QString lines = QStringLiteral("--user");
        const auto asRoot = run(folders + QStringList{lines, QStringLiteral("root")});
        QCOMPARE(asRoot.code, 1);
        QVERIFY(asRoot.output.startsWith(QStringLiteral("mainstayd: --user: \"root\" is root")));
        const auto asNobodyKnown = run(folders + QStringList{lines, QStringLiteral("no-such-user")});
        QCOMPARE(asNobodyKnown.code, 1);
        QVERIFY(
            asNobodyKnown.output.startsWith(QStringLiteral("mainstayd: --user: there is no user \"no-such-user\"")));
        // Without --user: root is refused at once; anybody else gets as far as the missing program.
        const auto plain = run(folders + QStringList{QStringLiteral("--core"), QStringLiteral("/nonexistent/core")});
        QCOMPARE(plain.code, 1);
        const QString expected = ::geteuid() == 0
                                     ? QStringLiteral("mainstayd: mainstay-core is never run as root: name the "
                                                      "unprivileged user it is to run as with --user NAME\n")
                                     : QStringLiteral("mainstayd: cannot start /nonexistent/core: No such file or "
                                                      "directory: see that the program exists and that this user may "
                                                      "run it\n");
        QCOMPARE(plain.output, expected);
    }

    void folders()
    {
        Surroundings surroundings;
        QStringList arguments{QStringLiteral("--state"), QStringLiteral("/proc/mainstay")};
        if (::geteuid() == 0)
            arguments << QStringLiteral("--user") << QStringLiteral("nobody");
        const auto ended = run(arguments);
        QCOMPARE(ended.code, 1);
        QCOMPARE(ended.output, QStringLiteral("mainstayd: cannot make the folder /proc/mainstay: No such file or "
                                              "directory: make it, or name another with --state DIR\n"));
    }

    void commandLine()
    {
        const auto help = run({QStringLiteral("--help")});
        QCOMPARE(help.code, 0);
        QVERIFY(help.output.startsWith(QStringLiteral("Usage: mainstayd")));
        const auto version = run({QStringLiteral("--version")});
        QCOMPARE(version.code, 0);
        QCOMPARE(version.output, QStringLiteral("mainstayd " MAINSTAY_VERSION "\n"));
        const auto wrong = run({QStringLiteral("--sate"), QStringLiteral("x")});
        QCOMPARE(wrong.code, 64);
        QCOMPARE(wrong.output, QStringLiteral("mainstayd: unknown option \"--sate\": see mainstayd --help\n"));
    }
};

QTEST_GUILESS_MAIN(MainstaydPrivilegesTest)
#include "mainstayd_privileges_test.moc"
