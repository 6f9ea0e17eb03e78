// SPDX-License-Identifier: GPL-3.0-or-later
// Each change is one line, and a log that cannot be written says so.
#include "control/audit_log.h"

#include <QFile>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace mainstay;
using control::AuditEntry;
using control::AuditLog;

namespace {

AuditEntry entry(Result<QJsonValue> outcome)
{
    return {WallTime(Milliseconds(1'700'000'000'123)),
            1000,
            "alice",
            "server.drain",
            QJsonObject{{QLatin1String("server"), QLatin1String("a\nb")}},
            std::move(outcome)};
}

QList<QJsonObject> linesOf(const QString &path)
{
    QFile file(path);
    QList<QJsonObject> lines;
    if (file.open(QFile::ReadOnly)) {
        for (const QByteArray &line : file.readAll().trimmed().split('\n'))
            lines << QJsonDocument::fromJson(line).object();
    }
    return lines;
}

} // namespace

class AuditLogTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void linePerEntry();
    void longValuesAreLeftOut();
    void rotation();
    void unwritable();
    void noHalfLines();
    void noSymlinks();
};

void AuditLogTest::linePerEntry()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("audit.log"));
    AuditLog log(path.toStdString());
    QVERIFY(log.append(entry(QJsonValue(QJsonObject{{QLatin1String("revision"), 8}}))));
    QVERIFY(log.append(entry(fail("server.unknown", "no such server"))));
    const auto lines = linesOf(path);
    QCOMPARE(lines.size(), 2);
    QCOMPARE(lines[0].value(QLatin1String("time")).toString(), QStringLiteral("2023-11-14T22:13:20.123Z"));
    QCOMPARE(lines[0].value(QLatin1String("uid")).toInt(), 1000);
    QCOMPARE(lines[0].value(QLatin1String("user")).toString(), QStringLiteral("alice"));
    QCOMPARE(lines[0].value(QLatin1String("params"))[QLatin1String("server")].toString(), QStringLiteral("a\nb"));
    QCOMPARE(lines[0].value(QLatin1String("result"))[QLatin1String("revision")].toInt(), 8);
    QCOMPARE(lines[1].value(QLatin1String("error"))[QLatin1String("message")].toString(),
             QStringLiteral("no such server"));
    struct stat file {};
    QCOMPARE(stat(path.toLocal8Bit().constData(), &file), 0);
    QCOMPARE(file.st_mode & 0777 & ~0640u, 0u);
    QVERIFY(!log.lastError());
}

void AuditLogTest::longValuesAreLeftOut()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("audit.log"));
    AuditLog log(path.toStdString());
    QVERIFY(log.append(entry(QJsonValue(QString(100'000, QLatin1Char('x'))))));
    QVERIFY(QFile(path).size() < 1000);
    QCOMPARE(linesOf(path).size(), 1);
}

void AuditLogTest::rotation()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("audit.log"));
    AuditLog log(path.toStdString());
    QVERIFY(log.append(entry(QJsonValue(1))));
    QVERIFY(QFile::rename(path, path + QStringLiteral(".1")));
    QVERIFY(log.append(entry(QJsonValue(2))));
    QCOMPARE(linesOf(path).size(), 1);
    QCOMPARE(linesOf(path + QStringLiteral(".1")).size(), 1);
}

void AuditLogTest::unwritable()
{
    AuditLog log("/nonexistent/audit.log");
    const Result<> written = log.append(entry(QJsonValue(1)));
    QVERIFY(!written);
    QCOMPARE(written.error().code, std::string("audit.unwritable"));
    QVERIFY(written.error().message.find("/nonexistent/audit.log") != std::string::npos);
    QVERIFY(log.lastError());
    AuditLog full("/dev/full");
    QVERIFY(!full.append(entry(QJsonValue(1))));
}

// A disk that is full in the middle of a line, as the limit of a file's size plays it.
void AuditLogTest::noHalfLines()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("audit.log"));
    AuditLog log(path.toStdString());
    QVERIFY(log.append(entry(QJsonValue(1))));
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    QCOMPARE(getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit small{static_cast<rlim_t>(QFile(path).size() + 20), before.rlim_max};
    QCOMPARE(setrlimit(RLIMIT_FSIZE, &small), 0);
    const Result<> written = log.append(entry(QJsonValue(2)));
    QCOMPARE(setrlimit(RLIMIT_FSIZE, &before), 0);
    QVERIFY(!written);
    QVERIFY(written.error().message.find("No space left on device") != std::string::npos);
    QVERIFY(log.append(entry(QJsonValue(3))));
    const auto lines = linesOf(path);
    QCOMPARE(lines.size(), 2);
    QCOMPARE(lines[1].value(QLatin1String("result")).toInt(), 3);
}

void AuditLogTest::noSymlinks()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("audit.log"));
    QVERIFY(QFile::link(folder.filePath(QStringLiteral("elsewhere")), path));
    AuditLog log(path.toStdString());
    QVERIFY(!log.append(entry(QJsonValue(1))));
    QVERIFY(!QFile::exists(folder.filePath(QStringLiteral("elsewhere"))));
}

QTEST_APPLESS_MAIN(AuditLogTest)
#include "audit_log_test.moc"
