// SPDX-License-Identifier: GPL-3.0-or-later
// mainstayctl as a program: what it prints, for people and for programs, and how it exits.
#include "support/canned_service.h"

#include <QCoreApplication>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>
#include <QRegularExpression>
#include <QSocketNotifier>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

using namespace mainstay;

namespace {

constexpr int kDone = 0;
constexpr int kRefused = 1;
constexpr int kUsage = 2;
constexpr int kUnreachable = 3;

struct Outcome {
    int code = -1;
    QString out;
    QString err;

    [[nodiscard]] QJsonDocument json() const { return QJsonDocument::fromJson(out.toUtf8()); }
};

} // namespace

class ProgramTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();

    void status();
    void everyVerbSpeaksJson_data();
    void everyVerbSpeaksJson();
    void serverStates();
    void unknownServer();
    void configGet();
    void configApply();
    void configApplyRefused();
    void configHistoryDiffAndRollback();
    void configCheckAsksTheService();
    void configCheckWithoutService();
    void logTail();
    void topOnce();
    void topOnATerminal_data();
    void topOnATerminal();
    void metricsFollowed();
    void discover();
    void callByName();
    void unreachable();
    void usage();
    void serviceThatGoesAway();
    void serviceThatDoesNotAnswer_data();
    void serviceThatDoesNotAnswer();
    void brokenPipe();

private:
    [[nodiscard]] QString program() const
    {
        return QCoreApplication::applicationDirPath() + QStringLiteral("/mainstayctl");
    }
    void prepare(QProcess &process) const;
    [[nodiscard]] Outcome run(const QStringList &arguments, const QString &program = {}) const;
    [[nodiscard]] Outcome run(const char *arguments) const
    {
        return run(QProcess::splitCommand(QString::fromUtf8(arguments)));
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<CannedService> m_service;
};

void ProgramTest::init()
{
    m_service.reset();
    m_folder = std::make_unique<QTemporaryDir>();
    m_service = std::make_unique<CannedService>(m_folder->filePath(QStringLiteral("s")));
}

void ProgramTest::prepare(QProcess &process) const
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("MAINSTAY_SOCKET"), m_folder->filePath(QStringLiteral("s")));
    environment.insert(QStringLiteral("TERM"), QStringLiteral("xterm"));
    environment.remove(QStringLiteral("NO_COLOR"));
    process.setProcessEnvironment(environment);
}

// The service lives in this process, so its loop must turn while the program runs.
Outcome ProgramTest::run(const QStringList &arguments, const QString &other) const
{
    QProcess process;
    prepare(process);
    process.start(other.isEmpty() ? program() : other, arguments);
    process.closeWriteChannel();
    const bool ended = QTest::qWaitFor([&] { return process.state() == QProcess::NotRunning; }, 20'000);
    if (!ended)
        process.kill();
    Outcome outcome{ended && process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
                    QString::fromUtf8(process.readAllStandardOutput()),
                    QString::fromUtf8(process.readAllStandardError())};
    process.waitForFinished();
    return outcome;
}

void ProgramTest::status()
{
    const Outcome outcome = run("status");
    QCOMPARE(outcome.code, kDone);
    for (const char *part :
         {"Mainstay 9.8.7 is serving, revision 12, up 1m 30s, process 4711",
          "demo.zone:3: warning: zone.demo.test: the serial went back (raise it)",
          "changed  /etc/mainstay/mainstay.toml", "web       0.0.0.0:80  http      listening", "the port is in use",
          "www.demo.test, demo.test", "app/a", "SQLite 3.40.1", "guestbook/1", "12345", "2030010101"})
        QVERIFY2(outcome.out.contains(QString::fromUtf8(part)), part);
    QVERIFY(!outcome.out.contains(QChar(0x1b)));
    QVERIFY(outcome.err.isEmpty());
}

void ProgramTest::everyVerbSpeaksJson_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("member");
    const auto row = [](const char *line, const char *member) {
        QTest::newRow(line) << QByteArray(line) << QString::fromUtf8(member);
    };
    row("status", "version");
    row("top --once --interval 100ms", "sites");
    row("metrics", "process");
    row("config get", "config");
    row("config check", "valid");
    row("config diff", "changes");
    row("config apply", "applied");
    row("config history", "");
    row("config rollback 11", "revision");
    row("backend list", "");
    row("backend drain app/a", "override_state");
    row("backend weight app/a 3", "override_weight");
    row("backend clear app/a", "health");
    row("zone list", "");
    row("log tail -n 1", "text");
    row("discover", "methods");
    row("discover status.get", "params");
    row("rpc status.get", "version");
}

void ProgramTest::everyVerbSpeaksJson()
{
    QFETCH(QByteArray, line);
    QFETCH(QString, member);
    const Outcome outcome = run((line + " --json").constData());
    QCOMPARE(outcome.code, kDone);
    QVERIFY(outcome.err.isEmpty());
    const QJsonDocument json = outcome.json();
    QVERIFY2(!json.isNull(), qPrintable(outcome.out));
    if (member.isEmpty())
        QVERIFY(json.isArray() && !json.array().isEmpty());
    else
        QVERIFY2(json.object().contains(member), qPrintable(outcome.out));
}

void ProgramTest::serverStates()
{
    QCOMPARE(run("backend drain app/a").code, kDone);
    Outcome outcome = run("backend list");
    QVERIFY(outcome.out.contains(QStringLiteral("drain (configured: ready)")));
    QCOMPARE(run("backend weight app/a 7").code, kDone);
    outcome = run("backend list");
    QVERIFY(outcome.out.contains(QStringLiteral("7 (configured: 1)")));
    outcome = run("backend clear app/a");
    QCOMPARE(outcome.code, kDone);
    QVERIFY(outcome.out.contains(QStringLiteral("app/a")));
    QVERIFY(!run("backend list").out.contains(QStringLiteral("(not")));
    QCOMPARE(run("backend maint app/b").code, kDone);
    QCOMPARE(run("backend ready app/b").code, kDone);
}

void ProgramTest::unknownServer()
{
    Outcome outcome = run("backend drain app/c");
    QCOMPARE(outcome.code, kRefused);
    QCOMPARE(outcome.err, QStringLiteral("mainstayctl: backend app has no server `c`: known: `a`, `b`\n"));
    QVERIFY(outcome.out.isEmpty());
    outcome = run("backend drain app/c --json");
    QCOMPARE(outcome.code, kRefused);
    QCOMPARE(outcome.json()[QLatin1String("error")][QLatin1String("code")].toString(),
             QStringLiteral("server.unknown"));
    QCOMPARE(run("backend drain app").code, kUsage);
    QCOMPARE(run("backend weight app/a many").code, kUsage);
}

void ProgramTest::configGet()
{
    Outcome outcome = run("config get");
    QCOMPARE(outcome.code, kDone);
    QVERIFY(outcome.out.contains(QStringLiteral("# backend.app: mainstay.toml:7, files")));
    QVERIFY(outcome.out.contains(QStringLiteral("[backend.app]")));
    QVERIFY(outcome.out.contains(QStringLiteral("weight = 3")));
    QCOMPARE(run("config get backend.app").out, outcome.out);
    outcome = run("config get backend.ap");
    QCOMPARE(outcome.code, kRefused);
    QVERIFY(outcome.err.contains(QStringLiteral("did you mean `backend.app`?")));
}

void ProgramTest::configApply()
{
    const Outcome outcome = run({QStringLiteral("config"), QStringLiteral("apply"), QStringLiteral("--reason"),
                                 QStringLiteral("new shop"), QStringLiteral("--confirm"), QStringLiteral("90s")});
    QCOMPARE(outcome.code, kDone);
    QVERIFY(outcome.out.contains(QStringLiteral("Revision 13 runs.")));
    QVERIFY(outcome.out.contains(QStringLiteral("config confirm")));
    QCOMPARE(m_service->applied.reason, std::string("new shop"));
    QCOMPARE(m_service->applied.confirm, std::optional(Seconds(90)));
    QCOMPARE(run("config apply --confirm 100ms").code, kUsage);
    QCOMPARE(run("config confirm").code, kRefused);
}

void ProgramTest::configApplyRefused()
{
    m_service->refuses = true;
    Outcome outcome = run("config apply");
    QCOMPARE(outcome.code, kRefused);
    QVERIFY(outcome.out.contains(
        QStringLiteral("mainstay.toml:8: backend.app.balnce: unknown setting `balnce` (did you mean `balance`?)")));
    QVERIFY(outcome.out.contains(QStringLiteral("Nothing was changed; revision 12 runs on.")));
    outcome = run("config apply --json");
    QCOMPARE(outcome.code, kRefused);
    QCOMPARE(outcome.json()[QLatin1String("applied")], QJsonValue(false));
}

void ProgramTest::configHistoryDiffAndRollback()
{
    Outcome outcome = run("config history");
    QVERIFY(outcome.out.contains(QStringLiteral("alice")));
    QVERIFY(outcome.out.contains(QStringLiteral("new shop")));
    outcome = run("config diff");
    QCOMPARE(outcome.code, kDone);
    QVERIFY(outcome.out.contains(QStringLiteral("~ backend.app.server.a\n    weight = 1 → 3")));
    QVERIFY(outcome.out.contains(QStringLiteral("+ site.new\n    root = \"/srv/new\"")));
    QCOMPARE(run("config rollback 11").code, kDone);
    outcome = run("config rollback 99");
    QCOMPARE(outcome.code, kRefused);
    QVERIFY(outcome.err.contains(QStringLiteral("there is no revision 99")));
    QCOMPARE(run("config rollback last").code, kUsage);
}

void ProgramTest::configCheckAsksTheService()
{
    const Outcome outcome = run("config check");
    QCOMPARE(outcome.code, kDone);
    QCOMPARE(outcome.out, QStringLiteral("The configuration is valid.\n"));
    QCOMPARE(m_service->checks, 1);
}

void ProgramTest::configCheckWithoutService()
{
    // A copy with a core of ours beside it.
    const QString copy = m_folder->filePath(QStringLiteral("mainstayctl"));
    QVERIFY(QFile::copy(program(), copy));
    QFile core(m_folder->filePath(QStringLiteral("mainstay-core")));
    QVERIFY(core.open(QFile::WriteOnly));
    core.write("#!/bin/sh\n"
               "test \"$1 $2\" = '--check --json' || exit 2\n"
               "test \"$3 $4\" = '--config ./good' && echo '{\"valid\": true, \"problems\": []}' && exit 0\n"
               "echo '{\"valid\": false, \"problems\": [{\"path\": \"site.x\", \"message\": \"no root\", \"source\":"
               " {\"file\": \"a.toml\", \"line\": 2}}]}'\nexit 1\n");
    core.close();
    QVERIFY(core.setPermissions(QFile::ReadOwner | QFile::ExeOwner));

    const auto check = [&](const QStringList &more) {
        return run(QStringList({QStringLiteral("config"), QStringLiteral("check")}) + more, copy);
    };
    // With a folder the service is not asked even when it is there.
    QCOMPARE(check({QStringLiteral("--config"), QStringLiteral("./good")}).code, kDone);
    QCOMPARE(m_service->checks, 0);
    m_service.reset();
    QCOMPARE(check({}).code, kUnreachable); // another service than the installed one, whose files are not meant
    const QStringList installed{QStringLiteral("--socket"), QStringLiteral("/run/mainstay/control.sock")};
    const Outcome outcome = check(installed);
    QCOMPARE(outcome.code, kRefused);
    QCOMPARE(outcome.out, QStringLiteral("a.toml:2: site.x: no root\nThe configuration cannot be applied.\n"));
    QVERIFY(core.remove());
    const Outcome missing = check(installed);
    QCOMPARE(missing.code, kRefused);
    QVERIFY(missing.err.contains(QStringLiteral("mainstay-core")));
}

void ProgramTest::logTail()
{
    const Outcome outcome = run("log tail -n 3 --access");
    QCOMPARE(outcome.code, kDone);
    QCOMPARE(outcome.out, QStringLiteral("line 0\nline 1\nline 2\n"));
    QCOMPARE(m_service->tailed.source, rpc::LogSource::access);
    const QRegularExpression timed(QStringLiteral("^1970-01-0[123] \\d\\d:\\d\\d:\\d\\d line 0\n$"));
    QVERIFY(timed.match(run("log tail -n 1").out).hasMatch());
    QCOMPARE(run("log tail -n 1 --json").out,
             QStringLiteral("{\"text\":\"line 0\",\"time\":\"1970-01-02T00:00:00.000Z\"}\n"));
}

void ProgramTest::topOnce()
{
    const Outcome outcome = run("top --interval 100ms");
    QCOMPARE(outcome.code, kDone);
    QVERIFY(outcome.out.contains(QStringLiteral("accepted 100/s")));
    QVERIFY(outcome.out.contains(QStringLiteral("shop")));
    QVERIFY(outcome.out.contains(QStringLiteral("1.00k")));
    QVERIFY(!outcome.out.contains(QChar(0x1b)));
}

void ProgramTest::topOnATerminal_data()
{
    QTest::addColumn<QByteArray>("end");
    QTest::newRow("q") << QByteArray("q");
    QTest::newRow("Ctrl-C") << QByteArray();
    QTest::newRow("the service goes") << QByteArray("-");
}

void ProgramTest::topOnATerminal()
{
    QFETCH(QByteArray, end);
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    QVERIFY(terminal >= 0);
    QVERIFY(grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    const winsize size{10, 60, 0, 0};
    QCOMPARE(ioctl(terminal, TIOCSWINSZ, &size), 0);
    const QString other = QString::fromLocal8Bit(ptsname(terminal));
    // Held open, else the terminal hangs up with the program.
    const int held = open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
    termios before{};
    QCOMPARE(tcgetattr(held, &before), 0);

    QByteArray screen;
    QSocketNotifier reader(terminal, QSocketNotifier::Read);
    connect(&reader, &QSocketNotifier::activated, this, [&] {
        char buffer[4096];
        const auto got = read(terminal, buffer, sizeof(buffer));
        if (got > 0)
            screen.append(buffer, got);
    });
    QProcess process;
    prepare(process);
    process.setStandardInputFile(other);
    process.setStandardOutputFile(other);
    process.start(program(), {QStringLiteral("top"), QStringLiteral("--interval"), QStringLiteral("100ms")});
    QTRY_VERIFY(screen.count("REQ/S") >= 3);
    QVERIFY(screen.startsWith("\x1b[?1049h"));
    QVERIFY(screen.contains("\x1b[32mserving\x1b[0m"));
    // No line is wider than the terminal, nor are there more.
    const QRegularExpression code(QStringLiteral("\x1b\\[[0-9;?]*[A-Za-z]"));
    for (const QString &frame : QString::fromUtf8(screen).split(QStringLiteral("\x1b[H"))) {
        const QStringList lines = QString(frame).remove(QLatin1Char('\r')).split(QLatin1Char('\n'));
        QVERIFY(lines.size() <= size.ws_row);
        for (const QString &line : lines)
            QVERIFY2(QString(line).remove(code).size() <= size.ws_col, qPrintable(line));
    }
    termios during{};
    QCOMPARE(tcgetattr(held, &during), 0);
    QVERIFY((during.c_lflag & ECHO) == 0);

    if (end.isEmpty())
        kill(static_cast<pid_t>(process.processId()), SIGINT);
    else if (end == "-")
        m_service.reset();
    else
        QCOMPARE(write(terminal, end.constData(), 1), 1);
    QTRY_COMPARE(process.state(), QProcess::NotRunning);
    QCOMPARE(process.exitCode(), end == "-" ? kUnreachable : kDone);
    QTRY_VERIFY(screen.endsWith("\x1b[?25h\x1b[?1049l"));
    termios after{};
    QCOMPARE(tcgetattr(held, &after), 0);
    QCOMPARE(after.c_lflag, before.c_lflag);
    close(held);
    close(terminal);
}

void ProgramTest::metricsFollowed()
{
    QProcess process;
    prepare(process);
    process.start(program(), {QStringLiteral("metrics"), QStringLiteral("-f"), QStringLiteral("--json"),
                              QStringLiteral("--interval"), QStringLiteral("100ms"), QStringLiteral("--timeout"),
                              QStringLiteral("1s")});
    QByteArray out;
    // Beyond the time that an answer may take.
    QTRY_VERIFY((out += process.readAllStandardOutput()).count('\n') >= 12);
    for (const QByteArray &line : out.first(out.lastIndexOf('\n')).split('\n'))
        QVERIFY(QJsonDocument::fromJson(line).object().contains(QLatin1String("sites")));
    process.terminate();
    QTRY_COMPARE(process.state(), QProcess::NotRunning);
    QVERIFY(run("metrics").out.contains(QStringLiteral("REQUESTS")));
    QCOMPARE(run("metrics -f --interval 1ms").code, kRefused);
}

void ProgramTest::discover()
{
    Outcome outcome = run("discover");
    QCOMPARE(outcome.code, kDone);
    QVERIFY(outcome.out.contains(QStringLiteral("metrics.subscribe")));
    outcome = run("discover server.set_weight");
    QVERIFY(outcome.out.contains(QStringLiteral("Needs: change")));
    QVERIFY(outcome.out.contains(QRegularExpression(QStringLiteral("weight +integer +required"))));
    outcome = run("discover server.set_wieght");
    QCOMPARE(outcome.code, kRefused);
    QVERIFY(outcome.err.contains(QStringLiteral("did you mean `server.set_weight`?")));
}

void ProgramTest::callByName()
{
    Outcome outcome =
        run({QStringLiteral("rpc"), QStringLiteral("config.get"), QStringLiteral("{\"path\": \"backend.app\"}")});
    QCOMPARE(outcome.code, kDone);
    QCOMPARE(outcome.json()[QLatin1String("config")][QLatin1String("balance")].toString(),
             QStringLiteral("round_robin"));
    outcome = run("rpc config.gte");
    QCOMPARE(outcome.code, kRefused);
    QVERIFY(outcome.err.contains(QStringLiteral("did you mean `config.get`?")));
    QCOMPARE(run("rpc config.get nonsense").code, kUsage);
    QCOMPARE(run({QStringLiteral("rpc"), QStringLiteral("config.get"), QStringLiteral("{\"paht\": \"x\"}")}).code,
             kRefused);
}

void ProgramTest::unreachable()
{
    m_service.reset();
    const Outcome outcome = run("status");
    QCOMPARE(outcome.code, kUnreachable);
    QCOMPARE(outcome.err,
             QStringLiteral("mainstayctl: cannot reach the service at %1 (there is no socket): is mainstayd "
                            "running? try: systemctl status mainstay\n")
                 .arg(m_folder->filePath(QStringLiteral("s"))));
    QCOMPARE(run("backend drain app/a").code, kUnreachable);
    QCOMPARE(run("log tail").code, kUnreachable);
    QCOMPARE(run("top").code, kUnreachable);
    QCOMPARE(run("status --json").json()[QLatin1String("error")][QLatin1String("code")].toString(),
             QStringLiteral("service.unreachable"));
}

void ProgramTest::usage()
{
    Outcome outcome = run("stauts");
    QCOMPARE(outcome.code, kUsage);
    QCOMPARE(outcome.err, QStringLiteral("mainstayctl: unknown verb `stauts`: did you mean `status`?\n"));
    QVERIFY(outcome.out.isEmpty());
    outcome = run("backend drain --help");
    QCOMPARE(outcome.code, kDone);
    QVERIFY(outcome.out.contains(QStringLiteral("Usage: mainstayctl backend drain BACKEND/SERVER [OPTIONS]")));
    QCOMPARE(run("").code, kUsage);
    QCOMPARE(run("--version").out, QStringLiteral("mainstayctl " MAINSTAY_VERSION "\n"));
}

void ProgramTest::serviceThatGoesAway()
{
    QProcess process;
    prepare(process);
    process.start(program(), {QStringLiteral("metrics"), QStringLiteral("--follow")});
    QByteArray out;
    QTRY_VERIFY(!(out += process.readAllStandardOutput()).isEmpty());
    m_service.reset();
    QTRY_COMPARE(process.state(), QProcess::NotRunning);
    QCOMPARE(process.exitCode(), kUnreachable);
    QVERIFY(process.readAllStandardError().contains("closed the connection"));
}

void ProgramTest::serviceThatDoesNotAnswer_data()
{
    QTest::addColumn<QByteArray>("verb");
    for (const char *verb : {"status", "top --once", "log tail", "log tail -f", "metrics -f"})
        QTest::newRow(verb) << QByteArray(verb);
}

void ProgramTest::serviceThatDoesNotAnswer()
{
    QFETCH(QByteArray, verb);
    QLocalServer silent;
    QVERIFY(silent.listen(m_folder->filePath(QStringLiteral("silent"))));
    const QStringList arguments = QProcess::splitCommand(QString::fromUtf8(verb)) +
                                  QStringList{QStringLiteral("--timeout"), QStringLiteral("50ms"),
                                              QStringLiteral("--socket"), silent.fullServerName()};
    const Outcome outcome = run(arguments);
    QCOMPARE(outcome.code, kUnreachable);
    QVERIFY(outcome.err.contains(QStringLiteral("did not answer within 50ms")));
    QCOMPARE(run(arguments + QStringList{QStringLiteral("--json")})
                 .json()[QLatin1String("error")][QLatin1String("code")]
                 .toString(),
             QStringLiteral("service.no-answer"));
}

void ProgramTest::brokenPipe()
{
    QProcess process;
    prepare(process);
    process.setStandardOutputFile(QStringLiteral("/dev/full"));
    process.start(program(), {QStringLiteral("status")});
    QTRY_COMPARE(process.state(), QProcess::NotRunning);
    QVERIFY(process.exitCode() != kDone);
}

QTEST_GUILESS_MAIN(ProgramTest)
#include "program_test.moc"
