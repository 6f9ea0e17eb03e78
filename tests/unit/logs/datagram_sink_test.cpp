// SPDX-License-Identifier: GPL-3.0-or-later
// Lines reach syslog and the journal as they should be spelt, and who does not take them stops nobody.
#include "logs/access_log.h"
#include "logs/datagram_sink.h"

#include <QElapsedTimer>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <array>
#include <atomic>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace mainstay;
using namespace mainstay::logs;
using namespace std::chrono_literals;

namespace {

// Who the lines are for.
class Receiver {
public:
    explicit Receiver(const std::string &path) : m_handle(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), path.size());
        if (::bind(m_handle, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
            qFatal("cannot bind");
    }
    Receiver() : m_handle(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(m_handle, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
            qFatal("cannot bind");
        ::getsockname(m_handle, reinterpret_cast<sockaddr *>(&address), &size);
        port = ntohs(address.sin_port);
    }
    ~Receiver() { ::close(m_handle); }
    Receiver(const Receiver &) = delete;
    Receiver &operator=(const Receiver &) = delete;

    // What has come; empty when nothing has.
    QByteArray take(int flags = MSG_DONTWAIT)
    {
        QByteArray datagram(200'000, '\0');
        const ssize_t size = ::recv(m_handle, datagram.data(), static_cast<std::size_t>(datagram.size()), flags);
        datagram.resize(size < 0 ? 0 : size);
        return datagram;
    }

    std::uint16_t port = 0;

private:
    int m_handle;
};

DatagramForm plainForm()
{
    return {[] { return std::string("<"); }, ">", 100'000};
}

} // namespace

class DatagramSinkTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void syslog();
    void journal();
    void manyLines();
    void overUdp();
    void longLinesAreCut();
    void whoDoesNotListenIsTold();
    void whoDoesNotReadCostsLinesAndNoTime();
    void whoListensAgainIsFound();

private:
    [[nodiscard]] std::string path() const { return m_folder->filePath(QStringLiteral("socket")).toStdString(); }
    [[nodiscard]] std::unique_ptr<DatagramSink> sink(DatagramForm form) const
    {
        return std::make_unique<DatagramSink>("there", UnixAddress{path()}, std::move(form));
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void DatagramSinkTest::syslog()
{
    Receiver receiver(path());
    const auto log = sink(syslogForm(16, "shop front"));
    QVERIFY(log->prepare(10));
    QCOMPARE(log->write("one line\nanother\n").value(), std::size_t{17});
    const QRegularExpression form(
        QStringLiteral(
            "^<134>1 \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z \\S+ mainstay %1 shopfront - one line$")
            .arg(::getpid()));
    const QString first = QString::fromUtf8(receiver.take());
    QVERIFY2(form.match(first).hasMatch(), qPrintable(first));
    QVERIFY(receiver.take().endsWith(" - another"));
    QVERIFY(receiver.take().isEmpty());
}

void DatagramSinkTest::journal()
{
    Receiver receiver(path());
    const auto log = sink(journalForm("main"));
    QVERIFY(log->open());
    QVERIFY(log->write("PRIORITY=0\\x0A\n").has_value());
    QCOMPARE(receiver.take(), QByteArray("MESSAGE=PRIORITY=0\\x0A\nPRIORITY=6\nSYSLOG_IDENTIFIER=mainstay\n"
                                         "MAINSTAY_LOG=main\n"));
}

void DatagramSinkTest::manyLines()
{
    Receiver receiver(path());
    const auto log = sink(plainForm());
    QVERIFY(log->open());
    std::string lines;
    for (int i = 0; i < 500; ++i)
        lines += std::to_string(i) + "\n";
    int seen = 0;
    for (std::string_view rest = lines; !rest.empty();) {
        const auto written = log->write(rest);
        QVERIFY(written && *written > 0);
        rest.remove_prefix(*written);
        for (QByteArray got = receiver.take(); !got.isEmpty(); got = receiver.take())
            QCOMPARE(got, "<" + QByteArray::number(seen++) + ">");
    }
    QCOMPARE(seen, 500);
}

void DatagramSinkTest::overUdp()
{
    Receiver receiver;
    DatagramSink log("there", Endpoint::parse("127.0.0.1:" + std::to_string(receiver.port)).value(), plainForm());
    QVERIFY(log.open());
    QVERIFY(log.write("1\n2\n").has_value());
    QCOMPARE(receiver.take(0), QByteArray("<1>"));
    QCOMPARE(receiver.take(0), QByteArray("<2>"));
    DatagramSink nowhere("logs.test:514", std::nullopt, plainForm());
    QCOMPARE(nowhere.prepare(1).error().code, std::string("log.open"));
}

void DatagramSinkTest::longLinesAreCut()
{
    Receiver receiver(path());
    DatagramForm form = plainForm();
    form.maxLine = 5;
    const auto log = sink(form);
    QVERIFY(log->open());
    QCOMPARE(log->write("123456789\nab\n").value(), std::size_t{13});
    QCOMPARE(receiver.take(), QByteArray("<12345>"));
    QCOMPARE(receiver.take(), QByteArray("<ab>"));

    // Longer than the system takes: cut to what it does.
    Receiver udp;
    DatagramSink large("there", Endpoint::parse("127.0.0.1:" + std::to_string(udp.port)).value(), plainForm());
    QVERIFY(large.open());
    std::string_view rest;
    const std::string line = std::string(90'000, 'x') + "\n";
    rest = line;
    for (int tries = 0; !rest.empty() && tries < 20; ++tries) {
        const auto written = large.write(rest);
        QVERIFY(written);
        rest.remove_prefix(*written);
    }
    QVERIFY(rest.empty());
    QCOMPARE(udp.take(0).size(), 50'002);
}

void DatagramSinkTest::whoDoesNotListenIsTold()
{
    const auto log = sink(plainForm());
    QCOMPARE(log->prepare(1).error().code, std::string("log.open"));
    // Over UDP nobody tells for sure: such lines count as sent.
    std::uint16_t port = 0;
    {
        const Receiver gone;
        port = gone.port;
    }
    DatagramSink udp("there", Endpoint::parse("127.0.0.1:" + std::to_string(port)).value(), plainForm());
    QVERIFY(udp.open());
    for (int i = 0; i < 100; ++i)
        QVERIFY(udp.write("1\n").has_value());
}

void DatagramSinkTest::whoDoesNotReadCostsLinesAndNoTime()
{
    Receiver receiver(path());
    AccessLog::Options options;
    options.retryDelay = 5ms;
    options.maxWaiting = 2;
    std::atomic<int> failures = 0;
    std::atomic<std::uint64_t> dropped = 0;
    options.onFailure = [&](const Error &error) { failures += error.code == "log.write" ? 1 : 100; };
    options.onRecovery = [&](std::uint64_t lines) { dropped += lines; };
    const auto log = std::make_shared<AccessLog>(sink(plainForm()), options);
    AccessLane lane(log);
    AccessRecord record;
    record.method = "GET";
    record.status = 200;
    constexpr std::uint64_t kLines = 20'000;
    QElapsedTimer timer;
    timer.start();
    for (std::uint64_t i = 0; i < kLines; ++i)
        lane.append(LineFormat(), record, 0);
    lane.flush();
    QVERIFY2(timer.elapsed() < 2000, "the worker waits for who does not read");
    QTRY_COMPARE(failures.load(), 1);
    QVERIFY(log->linesDropped() > 0);
    std::uint64_t received = 0;
    QElapsedTimer waited;
    waited.start();
    while (!log->drain(1ms) && waited.elapsed() < 20'000) {
        while (!receiver.take().isEmpty())
            ++received;
    }
    while (!receiver.take().isEmpty())
        ++received;
    QCOMPARE(received + log->linesDropped(), kLines);
    QTRY_COMPARE(dropped.load(), log->linesDropped());
}

void DatagramSinkTest::whoListensAgainIsFound()
{
    const auto log = sink(plainForm());
    {
        Receiver receiver(path());
        QVERIFY(log->open());
        QVERIFY(log->write("1\n").has_value());
        QCOMPARE(receiver.take(), QByteArray("<1>"));
    }
    ::unlink(path().c_str());
    QCOMPARE(log->write("2\n").error().code, std::string("log.write"));
    QVERIFY(!log->prepare(2));
    Receiver again(path());
    QVERIFY(log->prepare(2));
    QVERIFY(log->write("2\n").has_value());
    QCOMPARE(again.take(), QByteArray("<2>"));
}

QTEST_APPLESS_MAIN(DatagramSinkTest)
#include "datagram_sink_test.moc"
