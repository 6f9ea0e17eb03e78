// SPDX-License-Identifier: GPL-3.0-or-later
// New files by size and time, opened anew when moved by others; old ones compressed and removed, and no line lost or
// doubled by a crash in between.
#include "logs/access_log.h"
#include "logs/file_sink.h"
#include "logs/rotated_name.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <atomic>
#include <sys/stat.h>
#include <unistd.h>

using namespace mainstay;
using namespace mainstay::logs;
using namespace std::chrono_literals;

namespace {

constexpr WallTime kNoon = WallTime(std::chrono::seconds(1'764'158'400)); // 26 Nov 2025 12:00:00 UTC

} // namespace

class RotationTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_path = m_folder->filePath(QStringLiteral("access.log")).toStdString();
        m_now = kNoon;
        m_troubles = 0;
    }
    void names();
    void bySize();
    void byTime_data();
    void byTime();
    void aFileOfYesterdayIsSetAside();
    void noTwoHaveOneName();
    void movedByOthers();
    void aTornEndIsEnded();
    void aLineIsNotTornByAMove();
    void aFolderThatIsClosedOnlyStopsRotation();
    void compresses_data();
    void compresses();
    void keepsSoMany();
    void tidiesAfterACrash();
    void othersFilesAreLeftAlone();

private:
    [[nodiscard]] std::unique_ptr<FileSink> sink(Rotation rotation, std::shared_ptr<Archive> archive = nullptr)
    {
        FileSink::Options options;
        options.path = m_path;
        options.rotation = rotation;
        options.archive = std::move(archive);
        options.onRotationTrouble = [this](const std::optional<Error> &error) { m_troubles += error ? 1 : -1; };
        options.now = [this] { return m_now; };
        return std::make_unique<FileSink>(std::move(options));
    }
    static void put(FileSink &sink, const std::string &text)
    {
        QVERIFY(sink.prepare(text.size()));
        const auto written = sink.write(text);
        QVERIFY(written && *written == text.size());
    }
    [[nodiscard]] QByteArray contents(const QString &name) const
    {
        QFile file(m_folder->filePath(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("cannot be read");
    }
    void write(const QString &name, const QByteArray &bytes) const
    {
        QFile file(m_folder->filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
    }
    [[nodiscard]] QStringList files() const
    {
        return QDir(m_folder->path()).entryList(QDir::Files | QDir::Hidden, QDir::Name);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::string m_path;
    WallTime m_now = kNoon;
    std::atomic<int> m_troubles = 0;
};

void RotationTest::names()
{
    const auto parsed = parseRotatedName("access.log.20251126T120000Z-2.gz", "access.log");
    QVERIFY(parsed);
    QCOMPARE(parsed->time, std::string("20251126T120000Z"));
    QCOMPARE(parsed->number, 2U);
    QCOMPARE(parsed->coding, std::string(".gz"));
    QVERIFY(*parseRotatedName("a.20251126T120000Z-9", "a") < *parseRotatedName("a.20251126T120000Z-10", "a"));
    QVERIFY(*parseRotatedName("a.20251126T120000Z-10", "a") < *parseRotatedName("a.20251126T120001Z", "a"));
    QVERIFY(parseRotatedName("a.20251126T120000Z.zst.part", "a")->isPart());
    for (const char *other :
         {"a", "a.", "a.1", "a.gz", "b.20251126T120000Z", "a.20251126T120000", "a.20251126T120000Z.bz2",
          "a.20251126T120000Z-1", "a.20251126T120000Zx", "ab.20251126T120000Z", "a.new"})
        QVERIFY2(!parseRotatedName(other, "a"), other);
}

void RotationTest::bySize()
{
    const auto log = sink({.size = 10});
    QVERIFY(log->open());
    put(*log, "12345\n");
    put(*log, "123\n"); // 10 are not more than 10
    QCOMPARE(files(), QStringList({QStringLiteral("access.log")}));
    m_now += 1s;
    put(*log, "a\n");
    QCOMPARE(files(), QStringList({QStringLiteral("access.log"), QStringLiteral("access.log.20251126T120001Z")}));
    QCOMPARE(contents(QStringLiteral("access.log.20251126T120001Z")), QByteArray("12345\n123\n"));
    QCOMPARE(contents(QStringLiteral("access.log")), QByteArray("a\n"));
    m_now += 1s;
    put(*log, "longer than the limit\n");
    put(*log, "b\n");
    QCOMPARE(files().size(), 4);
    QCOMPARE(contents(QStringLiteral("access.log")), QByteArray("b\n"));
}

void RotationTest::byTime_data()
{
    QTest::addColumn<int>("every");
    QTest::addColumn<qint64>("minutes");
    QTest::newRow("hour") << static_cast<int>(Rotation::Every::hour) << qint64{60};
    QTest::newRow("day") << static_cast<int>(Rotation::Every::day) << qint64{12 * 60};
}

void RotationTest::byTime()
{
    QFETCH(int, every);
    QFETCH(qint64, minutes);
    const auto log = sink({.every = static_cast<Rotation::Every>(every)});
    QVERIFY(log->open());
    put(*log, "before\n");
    m_now += std::chrono::minutes(minutes) - 1s;
    put(*log, "just before\n");
    QCOMPARE(files().size(), 1);
    m_now += 1s;
    QVERIFY(log->prepare(0)); // nothing has to come
    QCOMPARE(files().size(), 2);
    QCOMPARE(contents(files().last()), QByteArray("before\njust before\n"));
    QCOMPARE(contents(QStringLiteral("access.log")), QByteArray());
    m_now += std::chrono::hours(48); // an empty file is not set aside
    QVERIFY(log->prepare(0));
    QCOMPARE(files().size(), 2);
}

void RotationTest::aFileOfYesterdayIsSetAside()
{
    m_now = WallClock::now();
    {
        const auto log = sink({});
        QVERIFY(log->open());
        put(*log, "of today\n");
    }
    m_now += std::chrono::hours(24);
    const auto log = sink({.every = Rotation::Every::day});
    QVERIFY(log->open());
    put(*log, "of tomorrow\n");
    QCOMPARE(files().size(), 2);
    QCOMPARE(contents(QStringLiteral("access.log")), QByteArray("of tomorrow\n"));
}

void RotationTest::noTwoHaveOneName()
{
    const auto log = sink({.size = 1});
    QVERIFY(log->open());
    for (const char *line : {"1\n", "2\n", "3\n"})
        put(*log, line);
    QCOMPARE(files(), QStringList({QStringLiteral("access.log"), QStringLiteral("access.log.20251126T120000Z"),
                                   QStringLiteral("access.log.20251126T120000Z-2")}));
    write(QStringLiteral("access.log.20251126T120000Z-3.zst"), "taken");
    put(*log, "4\n");
    QVERIFY(files().contains(QStringLiteral("access.log.20251126T120000Z-4")));
    QCOMPARE(contents(QStringLiteral("access.log.20251126T120000Z-3.zst")), QByteArray("taken"));
}

void RotationTest::movedByOthers()
{
    const auto log = sink({});
    QVERIFY(log->open());
    put(*log, "1\n");
    QVERIFY(QFile::rename(m_folder->filePath(QStringLiteral("access.log")),
                          m_folder->filePath(QStringLiteral("access.log.1"))));
    put(*log, "2\n");
    QCOMPARE(contents(QStringLiteral("access.log.1")), QByteArray("1\n"));
    QCOMPARE(contents(QStringLiteral("access.log")), QByteArray("2\n"));
    QVERIFY(QFile::remove(m_folder->filePath(QStringLiteral("access.log"))));
    write(QStringLiteral("access.log"), "of another\n");
    put(*log, "3\n");
    QCOMPARE(contents(QStringLiteral("access.log")), QByteArray("of another\n3\n"));
    QVERIFY(QFile::resize(m_folder->filePath(QStringLiteral("access.log")), 0)); // logrotate's copytruncate
    put(*log, "4\n");
    QCOMPARE(contents(QStringLiteral("access.log")), QByteArray("4\n"));
}

void RotationTest::aTornEndIsEnded()
{
    write(QStringLiteral("access.log"), "whole\ntorn in the mid");
    const auto log = sink({});
    QVERIFY(log->open());
    put(*log, "next\n");
    QCOMPARE(contents(QStringLiteral("access.log")), QByteArray("whole\ntorn in the mid\nnext\n"));
}

// A sink that takes seven bytes and then nothing until it is opened anew: what it got of a line is said again.
void RotationTest::aLineIsNotTornByAMove()
{
    struct Full : LogSink {
        explicit Full(std::vector<std::string> &places) : files(places) {}
        Result<> open() override
        {
            files.emplace_back();
            return {};
        }
        Result<> prepare(std::size_t) override { return {}; }
        Result<std::size_t> write(std::string_view lines) override
        {
            std::string &file = files.back();
            const std::size_t room = files.size() == 1 ? 150 - file.size() : lines.size();
            if (room == 0)
                return fail("log.write", "full");
            file += lines.substr(0, room);
            return std::min(room, lines.size());
        }
        std::vector<std::string> &files;
    };
    std::vector<std::string> files;
    {
        AccessLog::Options options;
        options.retryDelay = 5ms;
        std::atomic<int> failures = 0;
        options.onFailure = [&](const Error &) { ++failures; };
        const auto log = std::make_shared<AccessLog>(std::make_unique<Full>(files), options);
        AccessLane lane(log);
        AccessRecord record;
        record.method = "GET";
        record.target = "/";
        record.protocol = "HTTP/1.1";
        for (unsigned i = 0; i < 3; ++i) {
            record.status = 200 + i;
            lane.append(LineFormat(), record, 0);
        }
        lane.flush();
        QTRY_COMPARE(failures.load(), 1);
        log->reopen();
        QVERIFY(log->drain(10s));
    }
    QCOMPARE(files.size(), std::size_t{2});
    QCOMPARE(std::count(files[0].begin(), files[0].end(), '\n') + std::count(files[1].begin(), files[1].end(), '\n'),
             3);
    QVERIFY(files[0].find(" 200 0 ") != std::string::npos);
    for (const char *status : {" 201 0 ", " 202 0 "})
        QVERIFY((files[0].substr(0, files[0].rfind('\n') + 1) + files[1]).find(status) != std::string::npos);
    QVERIFY(files[1].starts_with("0.0.0.0 - - "));
}

void RotationTest::aFolderThatIsClosedOnlyStopsRotation()
{
    if (::geteuid() == 0)
        QSKIP("root may write everywhere");
    const auto log = sink({.size = 4});
    QVERIFY(log->open());
    put(*log, "1\n");
    QVERIFY(::chmod(m_folder->path().toStdString().c_str(), 0500) == 0);
    for (int i = 0; i < 5; ++i)
        put(*log, "longer\n");
    QCOMPARE(m_troubles.load(), 1);
    QVERIFY(::chmod(m_folder->path().toStdString().c_str(), 0700) == 0);
    m_now += std::chrono::minutes(2);
    put(*log, "2\n");
    QCOMPARE(m_troubles.load(), 0);
    QCOMPARE(files().size(), 2);
    QCOMPARE(contents(QStringLiteral("access.log")), QByteArray("2\n"));
    QCOMPARE(contents(files().last()).count('\n'), 6);
}

void RotationTest::compresses_data()
{
    QTest::addColumn<int>("coding");
    QTest::addColumn<QString>("ending");
    QTest::addColumn<QString>("program");
    QTest::newRow("gzip") << static_cast<int>(LogCoding::gzip) << QStringLiteral(".gz") << QStringLiteral("gzip");
    QTest::newRow("zstd") << static_cast<int>(LogCoding::zstd) << QStringLiteral(".zst") << QStringLiteral("zstd");
}

void RotationTest::compresses()
{
    QFETCH(int, coding);
    QFETCH(QString, ending);
    QFETCH(QString, program);
    const auto archive = std::make_shared<Archive>(Archive::OnTrouble());
    const auto log = sink({.size = 1000, .retention = {0, static_cast<LogCoding>(coding)}}, archive);
    QVERIFY(log->open());
    std::string large;
    for (int i = 0; large.size() < 3'000'000; ++i)
        large += "line " + std::to_string(i * 7919) + "\n";
    put(*log, large);
    put(*log, "next\n");
    const QString made = QStringLiteral("access.log.20251126T120000Z") + ending;
    QTRY_COMPARE_WITH_TIMEOUT(files(), QStringList({QStringLiteral("access.log"), made}), 20'000);
    QProcess reader;
    reader.start(program, {QStringLiteral("-dc"), m_folder->filePath(made)});
    QVERIFY(reader.waitForFinished());
    QCOMPARE(reader.readAllStandardOutput(), QByteArray::fromStdString(large));
    struct stat info = {};
    QCOMPARE(::stat(m_folder->filePath(made).toStdString().c_str(), &info), 0);
    QCOMPARE(info.st_mode & 0027, mode_t{0});
}

void RotationTest::keepsSoMany()
{
    for (int day = 1; day <= 5; ++day)
        write(
            QStringLiteral("access.log.2025110%1T000000Z%2").arg(day).arg(day < 3 ? QStringLiteral(".gz") : QString()),
            "old\n");
    Archive archive{Archive::OnTrouble()};
    archive.tidy(m_path, {3, LogCoding::none});
    QTRY_COMPARE(files(), QStringList({QStringLiteral("access.log.20251103T000000Z"),
                                       QStringLiteral("access.log.20251104T000000Z"),
                                       QStringLiteral("access.log.20251105T000000Z")}));
}

// Each state that a crash may leave.
void RotationTest::tidiesAfterACrash()
{
    write(QStringLiteral("access.log"), "now\n");
    write(QStringLiteral("access.log.new"), "");                 // between the making of the next file and the move
    write(QStringLiteral("access.log.20251101T000000Z"), "1\n"); // moved, and not compressed
    write(QStringLiteral("access.log.20251102T000000Z"), "2\n"); // while it was compressed
    write(QStringLiteral("access.log.20251102T000000Z.zst.part"), "half");
    write(QStringLiteral("access.log.20251103T000000Z"), "3\n"); // compressed, and not removed
    write(QStringLiteral("access.log.20251103T000000Z.zst"), "whole");
    const auto archive = std::make_shared<Archive>(Archive::OnTrouble());
    const auto log = sink({.size = 1, .retention = {0, LogCoding::zstd}}, archive);
    QVERIFY(log->open());
    QTRY_COMPARE(files(),
                 QStringList({QStringLiteral("access.log"), QStringLiteral("access.log.20251101T000000Z.zst"),
                              QStringLiteral("access.log.20251102T000000Z.zst"),
                              QStringLiteral("access.log.20251103T000000Z.zst"), QStringLiteral("access.log.new")}));
    QCOMPARE(contents(QStringLiteral("access.log.20251103T000000Z.zst")), QByteArray("whole"));
    put(*log, "next\n");
    QTRY_VERIFY(files().size() == 5 && files().filter(QRegularExpression(QStringLiteral("\\.zst$"))).size() == 4);
    QVERIFY(!files().contains(QStringLiteral("access.log.new")));
}

void RotationTest::othersFilesAreLeftAlone()
{
    const QStringList others{QStringLiteral("access.log"),
                             QStringLiteral("access.log.1"),
                             QStringLiteral("access.log.2.gz"),
                             QStringLiteral("access.log.20251101"),
                             QStringLiteral("access.logs.20251101T000000Z"),
                             QStringLiteral("error.log.20251101T000000Z")};
    for (const QString &name : others)
        write(name, "theirs\n");
    QVERIFY(QDir(m_folder->path()).mkdir(QStringLiteral("access.log.20251102T000000Z")));
    Archive archive{Archive::OnTrouble()};
    archive.tidy(m_path, {1, LogCoding::gzip});
    write(QStringLiteral("access.log.20251103T000000Z"), "ours\n");
    archive.tidy(m_path, {1, LogCoding::gzip});
    QTRY_VERIFY(files().contains(QStringLiteral("access.log.20251103T000000Z.gz")));
    for (const QString &name : others)
        QCOMPARE(contents(name), QByteArray("theirs\n"));
    QVERIFY(QDir(m_folder->path()).exists(QStringLiteral("access.log.20251102T000000Z")));
}

QTEST_APPLESS_MAIN(RotationTest)
#include "rotation_test.moc"
