// SPDX-License-Identifier: GPL-3.0-or-later
// Lines cannot be forged, none is lost or torn while the disk works, and nobody waits when it does not.
#include "logs/access_log.h"
#include "logs/file_sink.h"
#include "logs/tail_file.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace mainstay;
using namespace mainstay::logs;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kTime = 971211336; // 10 Oct 2000 20:55:36 UTC

AccessRecord sampleRecord()
{
    AccessRecord record;
    record.client = IpAddress::parse("192.0.2.7").value();
    record.method = "GET";
    record.target = "/apache_pb.gif";
    record.protocol = "HTTP/1.0";
    record.status = 200;
    record.bytes = 2326;
    return record;
}

std::string lineOf(const AccessRecord &record)
{
    std::string line;
    AccessDate date;
    appendCombined(line, record, date.at(kTime));
    return line;
}

void append(AccessLane &lane, const AccessRecord &record)
{
    static const LineFormat combined;
    lane.append(combined, record, kTime * 1000);
}

std::shared_ptr<AccessLog> openLog(const std::string &path, AccessLog::Options options)
{
    FileSink::Options file;
    file.path = path;
    return std::make_shared<AccessLog>(std::make_unique<FileSink>(std::move(file)), std::move(options));
}

} // namespace

class AccessLogTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void formatsCombinedLines();
    void escapesWhatCouldForge();
    void remembersTheDate();
    void writesAllLinesOfAllLanes();
    void createsPrivateFile();
    void flushesPartialBuffers();
    void reopensAfterRotation();
    void missingFolderIsReportedOnceAndRetried();
    void slowDiskDropsAndCounts();
    void fullDiskTearsNoLine();
    void tailsFiles();
    void tailReportsWhatCannotBeRead();

private:
    [[nodiscard]] std::string pathOf(const char *name) const
    {
        return m_folder->filePath(QLatin1String(name)).toStdString();
    }
    [[nodiscard]] static AccessLog::Options options()
    {
        AccessLog::Options options;
        options.retryDelay = 5ms;
        return options;
    }
    [[nodiscard]] std::shared_ptr<AccessLog> open(AccessLog::Options with = options()) const
    {
        return openLog(pathOf("access.log"), std::move(with));
    }
    [[nodiscard]] static QByteArrayList linesIn(const std::string &path)
    {
        QFile file(QString::fromStdString(path));
        if (!file.open(QIODevice::ReadOnly))
            return {};
        QByteArrayList lines = file.readAll().split('\n');
        if (lines.takeLast() != QByteArray())
            return {"torn"};
        return lines;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void AccessLogTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
}

void AccessLogTest::formatsCombinedLines()
{
    AccessRecord record = sampleRecord();
    QCOMPARE(lineOf(record),
             std::string("192.0.2.7 - - [10/Oct/2000:20:55:36 +0000] \"GET /apache_pb.gif HTTP/1.0\" 200 2326 "
                         "\"-\" \"-\"\n"));
    record.client = IpAddress::parse("2001:db8::1").value();
    record.referer = "http://a/";
    record.userAgent = "Mozilla/4.08 [en] (Win98; I ;Nav)";
    record.method = {};
    record.status = 400;
    record.bytes = 0;
    QCOMPARE(lineOf(record), std::string("2001:db8::1 - - [10/Oct/2000:20:55:36 +0000] \"-\" 400 0 \"http://a/\" "
                                         "\"Mozilla/4.08 [en] (Win98; I ;Nav)\"\n"));
    record.refusedLine = "\x16\x03\x01";
    QVERIFY(lineOf(record).find("\"\\x16\\x03\\x01\" 400 ") != std::string::npos);
}

void AccessLogTest::escapesWhatCouldForge()
{
    AccessRecord record = sampleRecord();
    record.userAgent = std::string_view("a\" 200\n\\x\0\x7f\xff\t", 13);
    const std::string line = lineOf(record);
    QVERIFY(line.ends_with("\"a\\x22 200\\x0A\\x5Cx\\x00\\x7F\\xFF\\x09\"\n"));

    // For every byte, anywhere a client can put one: one line, six quotes.
    for (int c = 0; c < 256; ++c) {
        const std::string odd(1, static_cast<char>(c));
        record.method = record.target = record.protocol = record.referer = record.userAgent = odd;
        const std::string any = lineOf(record);
        QCOMPARE(std::count(any.begin(), any.end(), '"'), 6);
        QCOMPARE(std::count(any.begin(), any.end(), '\n'), 1);
        QVERIFY(std::all_of(any.begin(), any.end() - 1, [](char byte) { return byte >= ' ' && byte < 0x7f; }));
    }
}

void AccessLogTest::remembersTheDate()
{
    AccessDate date;
    QCOMPARE(date.at(kTime), std::string_view("10/Oct/2000:20:55:36 +0000"));
    QCOMPARE(date.at(kTime), std::string_view("10/Oct/2000:20:55:36 +0000"));
    QCOMPARE(date.at(kTime + 1), std::string_view("10/Oct/2000:20:55:37 +0000"));
    QCOMPARE(date.at(0), std::string_view("01/Jan/1970:00:00:00 +0000"));
    QCOMPARE(date.at(1709251199), std::string_view("29/Feb/2024:23:59:59 +0000"));
}

void AccessLogTest::writesAllLinesOfAllLanes()
{
    constexpr int kLanes = 4;
    constexpr int kLines = 5000;
    {
        AccessLog::Options options = this->options();
        options.bufferBytes = 4096;
        options.maxWaiting = 100000;
        const auto log = open(options);
        std::vector<std::thread> workers;
        for (int lane = 0; lane < kLanes; ++lane) {
            workers.emplace_back([&log, lane] {
                AccessLane own(log);
                AccessRecord record = sampleRecord();
                const std::string target = "/" + std::to_string(lane);
                record.target = target;
                for (int line = 0; line < kLines; ++line) {
                    record.bytes = static_cast<std::uint64_t>(line);
                    append(own, record);
                }
            });
        }
        for (std::thread &worker : workers)
            worker.join();
        QVERIFY(log->drain(10s));
        QCOMPARE(log->linesWritten(), std::uint64_t{kLanes} * kLines);
        QCOMPARE(log->linesDropped(), std::uint64_t{0});
    }
    // Each lane's lines are whole and in order.
    std::map<QByteArray, int> next;
    for (const QByteArray &line : linesIn(pathOf("access.log"))) {
        const QByteArrayList words = line.split(' ');
        QCOMPARE(words.size(), 12);
        QCOMPARE(words[9].toInt(), next[words[6]]++);
    }
    QCOMPARE(next.size(), std::size_t{kLanes});
    for (const auto &[lane, count] : next)
        QCOMPARE(count, kLines);
}

void AccessLogTest::createsPrivateFile()
{
    const mode_t before = ::umask(0);
    {
        AccessLane lane(open());
        append(lane, sampleRecord());
    }
    ::umask(before);
    struct stat info = {};
    QCOMPARE(::stat(pathOf("access.log").c_str(), &info), 0);
    QCOMPARE(info.st_mode & 0777, mode_t{0640});
}

void AccessLogTest::flushesPartialBuffers()
{
    const auto log = open();
    AccessLane lane(log);
    append(lane, sampleRecord());
    QVERIFY(log->drain(10s));
    QCOMPARE(linesIn(pathOf("access.log")).size(), 0);
    lane.flush();
    QVERIFY(log->drain(10s));
    QCOMPARE(linesIn(pathOf("access.log")).size(), 1);
    lane.flush();
    QVERIFY(log->drain(10s));
    QCOMPARE(log->linesWritten(), std::uint64_t{1});
}

void AccessLogTest::reopensAfterRotation()
{
    const std::string path = pathOf("access.log");
    const auto log = open();
    AccessLane lane(log);
    append(lane, sampleRecord());
    lane.flush();
    QVERIFY(log->drain(10s));
    const auto move = [&path](const char *ending) {
        return QFile::rename(QString::fromStdString(path), QString::fromStdString(path + ending));
    };
    QVERIFY(move(".1"));
    append(lane, sampleRecord());
    lane.flush();
    QVERIFY(log->drain(10s));
    QCOMPARE(linesIn(path + ".1").size(), 1);
    QCOMPARE(linesIn(path).size(), 1);
    // Whoever wants to be sure that nothing more comes asks for it.
    QVERIFY(move(".2"));
    log->reopen();
    QTRY_VERIFY(QFile::exists(QString::fromStdString(path)));
    append(lane, sampleRecord());
    lane.flush();
    QVERIFY(log->drain(10s));
    QCOMPARE(linesIn(path + ".2").size(), 1);
    QCOMPARE(linesIn(path).size(), 1);
}

void AccessLogTest::missingFolderIsReportedOnceAndRetried()
{
    std::atomic<int> failures = 0;
    std::atomic<int> recoveries = 0;
    std::string code;
    AccessLog::Options options = this->options();
    const std::string path = pathOf("later/access.log");
    options.onFailure = [&](const Error &error) {
        code = error.code;
        ++failures;
    };
    options.onRecovery = [&](std::uint64_t dropped) { recoveries += dropped == 0 ? 1 : 100; };
    const auto log = openLog(path, options);
    AccessLane lane(log);
    append(lane, sampleRecord());
    lane.flush();
    QTRY_COMPARE(failures.load(), 1);
    QVERIFY(!log->drain(50ms));
    QCOMPARE(failures.load(), 1);
    QCOMPARE(code, std::string("log.open"));
    QVERIFY(QDir(m_folder->path()).mkdir(QStringLiteral("later")));
    QVERIFY(log->drain(10s));
    QTRY_COMPARE(recoveries.load(), 1);
    QCOMPARE(linesIn(path).size(), 1);
}

// A pipe that nobody empties stands in for a disk that hangs.
void AccessLogTest::slowDiskDropsAndCounts()
{
    const std::string path = pathOf("pipe");
    QCOMPARE(::mkfifo(path.c_str(), 0600), 0);
    const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    QVERIFY(reader >= 0);
    AccessLog::Options options = this->options();
    options.maxWaiting = 2;
    std::atomic<std::uint64_t> reportedDropped = 0;
    options.onRecovery = [&](std::uint64_t dropped) { reportedDropped = dropped; };
    const auto log = openLog(path, options);
    AccessLane lane(log);
    constexpr std::uint64_t kLines = 20000;
    for (std::uint64_t i = 0; i < kLines; ++i)
        append(lane, sampleRecord());
    lane.flush();
    QVERIFY(log->linesDropped() > 0);

    std::string received;
    std::array<char, 65536> buffer;
    QElapsedTimer waited;
    waited.start();
    while (!log->drain(1ms) && waited.elapsed() < 20000) {
        for (ssize_t got = 0; (got = ::read(reader, buffer.data(), buffer.size())) > 0;)
            received.append(buffer.data(), static_cast<std::size_t>(got));
    }
    for (ssize_t got = 0; (got = ::read(reader, buffer.data(), buffer.size())) > 0;)
        received.append(buffer.data(), static_cast<std::size_t>(got));
    ::close(reader);
    QCOMPARE(log->linesWritten() + log->linesDropped(), kLines);
    QCOMPARE(static_cast<std::uint64_t>(std::count(received.begin(), received.end(), '\n')), log->linesWritten());
    QTRY_VERIFY(reportedDropped > 0);
}

// A limit on the size of files fails a write in the middle of a buffer, as a full disk does.
void AccessLogTest::fullDiskTearsNoLine()
{
    struct rlimit before = {};
    QCOMPARE(::getrlimit(RLIMIT_FSIZE, &before), 0);
    ::signal(SIGXFSZ, SIG_IGN);
    const struct rlimit small = {5000, before.rlim_max};
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &small), 0);

    std::atomic<int> failures = 0;
    std::atomic<int> recoveries = 0;
    AccessLog::Options options = this->options();
    options.onFailure = [&](const Error &error) { failures += error.code == "log.write" ? 1 : 100; };
    options.onRecovery = [&](std::uint64_t) { ++recoveries; };
    const std::string path = pathOf("access.log");
    const auto log = openLog(path, options);
    AccessLane lane(log);
    for (int i = 0; i < 1000; ++i)
        append(lane, sampleRecord());
    lane.flush();
    QTRY_COMPARE(failures.load(), 1);
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &before), 0);
    QVERIFY(log->drain(10s));
    QTRY_COMPARE(recoveries.load(), 1);
    QCOMPARE(failures.load(), 1);

    const QByteArray expected = QByteArray::fromStdString(lineOf(sampleRecord())).trimmed();
    const QByteArrayList lines = linesIn(path);
    QCOMPARE(lines.size(), 1000);
    for (const QByteArray &line : lines)
        QCOMPARE(line, expected);
}

void AccessLogTest::tailsFiles()
{
    const std::string path = pathOf("some.log");
    const auto write = [&path](const QByteArray &bytes) {
        QFile file(QString::fromStdString(path));
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(bytes);
    };
    using Lines = std::vector<std::string>;
    write("");
    QCOMPARE(tailFile(path, 10, 1000).value().lines, Lines());
    write("one\ntwo\n\nthree\n");
    QCOMPARE(tailFile(path, 10, 1000).value().lines, Lines({"one", "two", "", "three"}));
    QCOMPARE(tailFile(path, 2, 1000).value().lines, Lines({"", "three"}));
    QCOMPARE(tailFile(path, 0, 1000).value().lines, Lines());
    QCOMPARE(tailFile(path, 10, 9).value().lines, Lines({"", "three"}));
    QCOMPARE(tailFile(path, 10, 5).value().lines, Lines());
    QCOMPARE(tailFile(path, 10, 0).value().lines, Lines());
    write("one\nunfinished");
    QCOMPARE(tailFile(path, 10, 1000).value().lines, Lines({"one"}));
}

void AccessLogTest::tailReportsWhatCannotBeRead()
{
    QCOMPARE(tailFile(pathOf("none"), 10, 1000).error().code, std::string("log.read"));
    QCOMPARE(tailFile(m_folder->path().toStdString(), 10, 1000).error().code, std::string("log.read"));
}

QTEST_APPLESS_MAIN(AccessLogTest)
#include "access_log_test.moc"
