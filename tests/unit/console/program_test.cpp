// SPDX-License-Identifier: GPL-3.0-or-later
// mainstay-console as a program.
#include "support/canned_service.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace mainstay;

class ProgramTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void help();
    void usage();
    void asksTheService();

private:
    [[nodiscard]] static QString program()
    {
        return QCoreApplication::applicationDirPath() + QStringLiteral("/mainstay-console");
    }
};

// Also where there is no display.
void ProgramTest::help()
{
    for (const QString &option : {QStringLiteral("--help"), QStringLiteral("--version")}) {
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("xcb"));
        environment.remove(QStringLiteral("DISPLAY"));
        process.setProcessEnvironment(environment);
        process.start(program(), {option});
        QVERIFY(process.waitForFinished());
        QCOMPARE(process.exitCode(), 0);
        QVERIFY(process.readAllStandardOutput().contains("mainstay-console"));
    }
}

void ProgramTest::usage()
{
    for (const QStringList &words : {QStringList(QStringLiteral("--sokcet")), QStringList(QStringLiteral("--socket")),
                                     QStringList(QStringLiteral("/run/s"))}) {
        QProcess process;
        process.start(program(), words);
        QVERIFY(process.waitForFinished());
        QCOMPARE(process.exitCode(), 2);
        QVERIFY(process.readAllStandardError().contains("--help"));
    }
}

void ProgramTest::asksTheService()
{
    const QTemporaryDir folder;
    const QString socket = folder.filePath(QStringLiteral("s"));
    const CannedService service(socket);
    QProcess process;
    QElapsedTimer timer;
    timer.start();
    process.start(program(), {QStringLiteral("--socket"), socket});
    QTRY_VERIFY_WITH_TIMEOUT(service.samplesSent() >= 3, 20'000);
    qInfo("three samples after %lld ms", timer.elapsed());
    QCOMPARE(process.state(), QProcess::Running);
    process.terminate();
    QVERIFY(QTest::qWaitFor([&] { return process.state() == QProcess::NotRunning; }, 20'000));
}

QTEST_GUILESS_MAIN(ProgramTest)
#include "program_test.moc"
