// SPDX-License-Identifier: GPL-3.0-or-later
// The socket against well-behaved clients, garbage, the greedy, the slow and strangers.
#include "control/management_socket.h"
#include "rpc/client.h"
#include "rpc/methods.h"

#include <QFile>
#include <QJsonDocument>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace mainstay;
using control::Caller;
using control::ManagementLimits;
using control::ManagementSocket;
using control::PeerPolicy;
using control::Reply;
using control::Stream;

namespace {

// Not us, unless we are root: then whoever connects has to stop being root first.
constexpr std::uint32_t kSomebodyElse = 4'000'000'000;
constexpr uid_t kNobody = 65534;

class NotRoot {
public:
    NotRoot() : m_wasRoot(geteuid() == 0)
    {
        if (m_wasRoot && seteuid(kNobody) != 0)
            qFatal("seteuid");
    }
    ~NotRoot()
    {
        if (m_wasRoot && seteuid(0) != 0)
            qFatal("seteuid");
    }
    NotRoot(const NotRoot &) = delete;
    NotRoot &operator=(const NotRoot &) = delete;

private:
    bool m_wasRoot;
};

// Speaks lines, whatever they hold.
class RawClient {
public:
    explicit RawClient(const QString &path)
    {
        socket.connectToServer(path);
        if (!socket.waitForConnected(5000))
            qFatal("cannot connect");
    }
    void send(const QByteArray &bytes) { socket.write(bytes); }
    QJsonObject answer()
    {
        if (!QTest::qWaitFor([&] { return socket.canReadLine(); }, 5000))
            return {};
        return QJsonDocument::fromJson(socket.readLine()).object();
    }
    bool isClosed()
    {
        return QTest::qWaitFor([&] { return socket.state() == QLocalSocket::UnconnectedState; }, 5000);
    }

    QLocalSocket socket;
};

QByteArray callOf(int id, std::string_view method, const QJsonObject &params = {})
{
    return rpc::requestFrame(id, method, params);
}

int codeOf(const QJsonObject &answer)
{
    return answer.value(QLatin1String("error"))[QLatin1String("code")].toInt();
}

} // namespace

class ManagementSocketTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void typedCall();
    void malformedFramesGetTheirErrorAndTheConnectionGoesOn();
    void tooLongAFrame();
    void notifications();
    void unknownMethodAndParams();
    void answersFromAThreadPool();
    void callsAtOnceAreBounded();
    void callerGoneBeforeTheAnswer();
    void subscriptionDeliversAndEnds();
    void streamsAreBounded();
    void slowReaderLosesItsStream();
    void stalledReaderIsCutOff();
    void connectionsAreBounded();
    void strangersAreToldWhy();
    void strangersLeaveRoom();
    void viewersMayLook();
    void auditLog();
    void socketFile();
    void staleSocket();
    void liveSocket();
    void notASocket();
    void tooLongAPath();
    void closedWithCallsPending();

private:
    void start(PeerPolicy policy, ManagementLimits limits = {});
    void startForUs(ManagementLimits limits = {}) { start({geteuid(), {}, {}}, limits); }
    QList<QJsonObject> audited() const;

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
    std::unique_ptr<control::MethodRegistry> m_methods;
    std::unique_ptr<ManagementSocket> m_server;
    QList<Reply<rpc::ConfigApplied>> m_heldReplies;
    QList<Stream<rpc::LogLine>> m_streams;
    int m_calls = 0;
};

void ManagementSocketTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(QFile::setPermissions(m_folder->path(), QFile::Permissions(0x7755)));
    m_path = m_folder->filePath(QStringLiteral("run/control.sock"));
    m_calls = 0;
    m_methods = std::make_unique<control::MethodRegistry>();
    m_methods->handle<rpc::GetStatus>([this](const rpc::GetStatus &, const Caller &caller) -> Result<rpc::Status> {
        ++m_calls;
        rpc::Status status;
        status.version = caller.user;
        status.pid = caller.peer.pid;
        return status;
    });
    m_methods->handle<rpc::SetServerState>(
        [](const rpc::SetServerState &request, const Caller &) -> Result<rpc::ServerStatus> {
            if (request.backend != "app")
                return fail("backend.unknown", "there is no backend `" + request.backend + "`");
            rpc::ServerStatus server;
            server.name = request.server;
            return server;
        });
    m_methods->handle<rpc::ApplyConfig>([this](const rpc::ApplyConfig &, const Caller &,
                                               const Reply<rpc::ConfigApplied> &reply) { m_heldReplies << reply; });
    m_methods->stream<rpc::TailLog>(
        [this](const rpc::TailLog &, const Caller &, const Stream<rpc::LogLine> &stream) { m_streams << stream; });
}

void ManagementSocketTest::cleanup()
{
    m_heldReplies.clear();
    m_streams.clear();
    m_server.reset();
    m_methods.reset();
}

void ManagementSocketTest::start(PeerPolicy policy, ManagementLimits limits)
{
    const auto audit = std::make_shared<control::AuditLog>(
        m_folder->filePath(QLatin1String(control::AuditLog::kFileName)).toStdString());
    m_server = std::make_unique<ManagementSocket>(*m_methods, audit, policy, limits);
    const Result<> listening = m_server->listen(m_path);
    if (!listening)
        qFatal("%s", listening.error().text().c_str());
}

QList<QJsonObject> ManagementSocketTest::audited() const
{
    QFile file(m_folder->filePath(QLatin1String(control::AuditLog::kFileName)));
    QList<QJsonObject> lines;
    if (file.open(QFile::ReadOnly)) {
        for (const QByteArray &line : file.readAll().trimmed().split('\n'))
            lines << QJsonDocument::fromJson(line).object();
    }
    return lines;
}

void ManagementSocketTest::typedCall()
{
    startForUs();
    rpc::Client client;
    client.open(m_path);
    Result<rpc::Status> status;
    int answers = 0;
    for (int i = 0; i < 1000; ++i) {
        client.call(rpc::GetStatus{}, this, [&](Result<rpc::Status> result) {
            status = std::move(result);
            ++answers;
        });
    }
    QTRY_COMPARE(answers, 1000);
    QVERIFY(status);
    QCOMPARE(status->pid, std::int64_t(getpid()));
    QCOMPARE(status->version, control::userName(geteuid()));
}

void ManagementSocketTest::malformedFramesGetTheirErrorAndTheConnectionGoesOn()
{
    startForUs();
    RawClient client(m_path);
    client.send("GET / HTTP/1.1\r\n\r\n");
    QCOMPARE(codeOf(client.answer()), -32700);
    client.send("[" + callOf(1, rpc::GetStatus::kMethod.name).trimmed() + "]\n");
    QCOMPARE(codeOf(client.answer()), -32600);
    client.send(QByteArray(5000, '[') + "\n");
    QCOMPARE(codeOf(client.answer()), -32700);
    client.send("{}\n");
    QCOMPARE(codeOf(client.answer()), -32600);
    client.send("\n\n" + callOf(2, rpc::GetStatus::kMethod.name));
    const QJsonObject answer = client.answer();
    QCOMPARE(answer.value(QLatin1String("id")).toInt(), 2);
    QVERIFY(answer.contains(QLatin1String("result")));
}

void ManagementSocketTest::tooLongAFrame()
{
    startForUs();
    RawClient client(m_path);
    client.send(QByteArray(rpc::kMaxRequestFrame + 1, ' '));
    client.send("more\n" + callOf(1, rpc::GetStatus::kMethod.name));
    QCOMPARE(codeOf(client.answer()), -32600);
    QVERIFY(client.isClosed());
    QCOMPARE(m_calls, 0);
    QTRY_COMPARE(m_server->connections(), std::size_t(0));
}

void ManagementSocketTest::notifications()
{
    startForUs();
    RawClient client(m_path);
    client.send(rpc::notificationFrame(rpc::GetStatus::kMethod.name, {}) + rpc::notificationFrame("no.such", {}) +
                callOf(5, rpc::GetStatus::kMethod.name));
    QCOMPARE(client.answer().value(QLatin1String("id")).toInt(), 5);
    QCOMPARE(m_calls, 2);
}

void ManagementSocketTest::unknownMethodAndParams()
{
    startForUs();
    RawClient client(m_path);
    std::string typo(rpc::GetStatus::kMethod.name);
    typo.pop_back();
    client.send(callOf(1, typo));
    QJsonObject answer = client.answer();
    QCOMPARE(codeOf(answer), -32601);
    QVERIFY(answer.value(QLatin1String("error"))[QLatin1String("data")][QLatin1String("remedy")].toString().contains(
        QString::fromStdString(std::string(rpc::GetStatus::kMethod.name))));

    client.send(callOf(2, rpc::SetServerState::kMethod.name, {{QLatin1String("backend"), QLatin1String("app")}}));
    answer = client.answer();
    QCOMPARE(codeOf(answer), -32602);
    QVERIFY(
        answer.value(QLatin1String("error"))[QLatin1String("message")].toString().contains(QStringLiteral("`server`")));
}

void ManagementSocketTest::answersFromAThreadPool()
{
    startForUs();
    rpc::Client client;
    client.open(m_path);
    bool applied = false;
    client.call(rpc::ApplyConfig{}, this, [&](const Result<rpc::ConfigApplied> &result) { applied = result->applied; });
    QTRY_COMPARE(m_heldReplies.size(), 1);
    // Others are served meanwhile.
    bool answered = false;
    client.call(rpc::GetStatus{}, this, [&](const Result<rpc::Status> &) { answered = true; });
    QTRY_VERIFY(answered);
    QVERIFY(!applied);
    rpc::ConfigApplied result;
    result.applied = true;
    QTimer::singleShot(0, this, [&] { m_heldReplies.first()(result); });
    QTRY_VERIFY(applied);
}

void ManagementSocketTest::callsAtOnceAreBounded()
{
    startForUs({.callsAtOnce = 4});
    rpc::Client client;
    client.open(m_path);
    int answers = 0;
    for (int i = 0; i < 10; ++i)
        client.call(rpc::ApplyConfig{}, this, [&](const Result<rpc::ConfigApplied> &) { ++answers; });
    QTRY_COMPARE(m_heldReplies.size(), 4);
    QTest::qWait(20);
    QCOMPARE(m_heldReplies.size(), 4);
    m_heldReplies.takeFirst()(rpc::ConfigApplied{});
    QTRY_COMPARE(m_heldReplies.size(), 4);
    QTRY_COMPARE(answers, 1);
    while (!m_heldReplies.isEmpty()) {
        m_heldReplies.clear();
        QTest::qWait(5);
    }
    QTRY_COMPARE(answers, 10);
}

void ManagementSocketTest::callerGoneBeforeTheAnswer()
{
    startForUs();
    {
        rpc::Client client;
        client.open(m_path);
        client.call(rpc::ApplyConfig{}, this, [](const Result<rpc::ConfigApplied> &) {});
        QTRY_COMPARE(m_heldReplies.size(), 1);
    }
    QTRY_COMPARE(m_server->connections(), std::size_t(0));
    m_heldReplies.takeFirst()(rpc::ConfigApplied{});
    QCOMPARE(audited().size(), 1);
}

void ManagementSocketTest::subscriptionDeliversAndEnds()
{
    startForUs();
    rpc::Client client;
    client.open(m_path);
    QStringList seen;
    const auto subscribe = [&] {
        return client.subscribe(
            rpc::TailLog{}, this, [&](const rpc::LogLine &line) { seen << QString::fromStdString(line.text); },
            [&](const Result<> &why) { seen << QString::fromStdString(why ? "end" : why.error().code); });
    };
    subscribe();
    QTRY_COMPARE(m_streams.size(), 1);
    QVERIFY(m_streams[0].send({{}, "one"}));
    m_streams.clear();
    QTRY_COMPARE(seen, QStringList({QStringLiteral("one"), QStringLiteral("end")}));

    seen.clear();
    const auto id = subscribe();
    QTRY_COMPARE(m_streams.size(), 1);
    QVERIFY(m_streams[0].send({{}, "two"}));
    QTRY_COMPARE(seen.size(), 1);
    client.unsubscribe(id);
    QTRY_VERIFY(!m_streams[0].isOpen());
    QVERIFY(!m_streams[0].send({{}, "three"}));

    subscribe();
    QTRY_COMPARE(m_streams.size(), 2);
    bool closed = false;
    m_streams[1].onClosed([&] { closed = true; });
    client.close();
    QTRY_VERIFY(closed);
}

void ManagementSocketTest::streamsAreBounded()
{
    startForUs({.streams = 2});
    rpc::Client client;
    client.open(m_path);
    QStringList ends;
    for (int i = 0; i < 3; ++i) {
        client.subscribe(
            rpc::TailLog{}, this, [](const rpc::LogLine &) {},
            [&](const Result<> &why) { ends << QString::fromStdString(why.error().code); });
    }
    QTRY_COMPARE(ends, QStringList(QStringLiteral("rpc.busy")));
    QCOMPARE(m_streams.size(), 2);
}

void ManagementSocketTest::slowReaderLosesItsStream()
{
    constexpr qsizetype kOutput = 256 * 1024;
    startForUs({.output = kOutput});
    RawClient client(m_path);
    client.socket.setReadBufferSize(1);
    client.send(callOf(1, rpc::TailLog::kMethod.name, {{QLatin1String("follow"), true}}));
    QTRY_COMPARE(m_streams.size(), 1);
    const rpc::LogLine line{{}, std::string(1000, 'x')};
    qsizetype sent = 0;
    while (m_streams[0].send(line) && sent < 100'000'000)
        sent += 1000;
    QVERIFY(!m_streams[0].isOpen());
    QVERIFY(sent < 4 * kOutput); // the kernel's buffers hold some too
    // Nothing was closed but the stream: who reads on finds all that was sent, then its end.
    client.socket.setReadBufferSize(0);
    QJsonObject last;
    int events = -1;
    while (last.value(QLatin1String("method")).toString().toStdString() != rpc::StreamEnd::kMethod.name) {
        last = client.answer();
        QVERIFY(!last.isEmpty());
        ++events;
    }
    QCOMPARE(last.value(QLatin1String("params"))[QLatin1String("error")][QLatin1String("data")][QLatin1String("code")]
                 .toString(),
             QStringLiteral("rpc.slow-reader"));
    QCOMPARE(events * 1000, sent + 1000);
    client.send(callOf(2, rpc::GetStatus::kMethod.name));
    QCOMPARE(client.answer().value(QLatin1String("id")).toInt(), 2);
}

void ManagementSocketTest::stalledReaderIsCutOff()
{
    startForUs({.output = 1 << 20, .stalled = Milliseconds(50)});
    RawClient client(m_path);
    client.socket.setReadBufferSize(1);
    client.send(callOf(1, rpc::TailLog::kMethod.name, {{QLatin1String("follow"), true}}));
    QTRY_COMPARE(m_streams.size(), 1);
    while (m_streams[0].send({{}, std::string(1000, 'x')})) {
    }
    QTRY_COMPARE(m_server->connections(), std::size_t(0));
}

void ManagementSocketTest::connectionsAreBounded()
{
    startForUs({.connections = 3});
    std::vector<std::unique_ptr<RawClient>> clients;
    for (std::size_t i = 1; i <= 3; ++i) {
        clients.push_back(std::make_unique<RawClient>(m_path));
        QTRY_COMPARE(m_server->connections(), i);
    }
    RawClient late(m_path);
    QCOMPARE(codeOf(late.answer()), -32002);
    QVERIFY(late.isClosed());
    clients.pop_back();
    QTRY_COMPARE(m_server->connections(), std::size_t(2));
    RawClient next(m_path);
    next.send(callOf(1, rpc::GetStatus::kMethod.name));
    QVERIFY(next.answer().contains(QLatin1String("result")));
}

void ManagementSocketTest::strangersAreToldWhy()
{
    start({kSomebodyElse, {}, {}});
    const NotRoot notRoot;
    RawClient client(m_path);
    client.send(callOf(1, rpc::GetStatus::kMethod.name) + callOf(2, rpc::SetServerState::kMethod.name) +
                callOf(3, rpc::Discover::kMethod.name));
    for (const char *group : {"mainstay-view ", "mainstay ", "mainstay-view "}) {
        const QJsonObject answer = client.answer();
        QCOMPARE(codeOf(answer), -32001);
        QVERIFY(
            answer.value(QLatin1String("error"))[QLatin1String("data")][QLatin1String("remedy")].toString().contains(
                QLatin1String("usermod -aG ") + QLatin1String(group)));
    }
    QCOMPARE(m_calls, 0);
    QVERIFY(audited().isEmpty());
}

void ManagementSocketTest::strangersLeaveRoom()
{
    start({kSomebodyElse, {}, {}}, {.connections = 3, .strangers = 1});
    std::vector<std::unique_ptr<RawClient>> clients;
    {
        const NotRoot notRoot;
        clients.push_back(std::make_unique<RawClient>(m_path));
        QTRY_COMPARE(m_server->connections(), std::size_t(1));
        RawClient second(m_path);
        QCOMPARE(codeOf(second.answer()), -32002);
        QVERIFY(second.isClosed());
    }
    if (geteuid() != 0)
        return;
    RawClient root(m_path);
    root.send(callOf(1, rpc::GetStatus::kMethod.name));
    QVERIFY(root.answer().contains(QLatin1String("result")));
}

void ManagementSocketTest::viewersMayLook()
{
    start({kSomebodyElse, {}, getegid()});
    const NotRoot notRoot;
    RawClient client(m_path);
    client.send(callOf(1, rpc::GetStatus::kMethod.name) + callOf(2, rpc::SetServerState::kMethod.name));
    QVERIFY(client.answer().contains(QLatin1String("result")));
    QCOMPARE(codeOf(client.answer()), -32001);
}

void ManagementSocketTest::auditLog()
{
    startForUs();
    RawClient client(m_path);
    const auto set = [&](int id, const char *backend) {
        client.send(callOf(id, rpc::SetServerState::kMethod.name,
                           {{QLatin1String("backend"), QLatin1String(backend)},
                            {QLatin1String("server"), QLatin1String("a")},
                            {QLatin1String("state"), QLatin1String("drain")}}));
        client.answer();
    };
    set(1, "app");
    set(2, "nope");
    client.send(callOf(3, rpc::GetStatus::kMethod.name));
    client.answer();
    const auto lines = audited();
    QCOMPARE(lines.size(), 2);
    QCOMPARE(lines[0].value(QLatin1String("uid")).toInteger(), qint64(geteuid()));
    QCOMPARE(lines[0].value(QLatin1String("method")).toString().toStdString(),
             std::string(rpc::SetServerState::kMethod.name));
    QCOMPARE(lines[0].value(QLatin1String("params"))[QLatin1String("state")].toString(), QStringLiteral("drain"));
    QVERIFY(lines[0].contains(QLatin1String("result")));
    QVERIFY(
        lines[1].value(QLatin1String("error"))[QLatin1String("message")].toString().contains(QStringLiteral("nope")));
}

void ManagementSocketTest::socketFile()
{
    startForUs();
    struct stat file {};
    QCOMPARE(stat(m_path.toLocal8Bit().constData(), &file), 0);
    QCOMPARE(file.st_mode & 0777u, 0666u);
    QCOMPARE(stat(m_folder->filePath(QStringLiteral("run")).toLocal8Bit().constData(), &file), 0);
    QCOMPARE(file.st_mode & 0777u, 0755u);
    m_server->close();
    QVERIFY(!QFile::exists(m_path));
}

void ManagementSocketTest::staleSocket()
{
    QVERIFY(QDir().mkpath(m_folder->filePath(QStringLiteral("run"))));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    qstrncpy(address.sun_path, m_path.toLocal8Bit().constData(), sizeof(address.sun_path));
    const int dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    QCOMPARE(bind(dead, reinterpret_cast<const sockaddr *>(&address), sizeof(address)), 0);
    close(dead);
    QVERIFY(QFile::exists(m_path));
    startForUs();
    RawClient client(m_path);
    client.send(callOf(1, rpc::GetStatus::kMethod.name));
    QVERIFY(client.answer().contains(QLatin1String("result")));
}

void ManagementSocketTest::liveSocket()
{
    startForUs();
    ManagementSocket second(*m_methods, std::make_shared<control::AuditLog>(""), PeerPolicy{});
    const Result<> listening = second.listen(m_path);
    QVERIFY(!listening);
    QCOMPARE(listening.error().code, std::string("management.address-in-use"));
    QVERIFY(listening.error().message.find(m_path.toStdString()) != std::string::npos);
    RawClient client(m_path);
    client.send(callOf(1, rpc::GetStatus::kMethod.name));
    QVERIFY(client.answer().contains(QLatin1String("result")));
}

void ManagementSocketTest::notASocket()
{
    QFile file(m_folder->filePath(QStringLiteral("precious")));
    QVERIFY(file.open(QFile::WriteOnly));
    ManagementSocket server(*m_methods, std::make_shared<control::AuditLog>(""), PeerPolicy{});
    const Result<> listening = server.listen(file.fileName());
    QVERIFY(!listening);
    QCOMPARE(listening.error().code, std::string("management.unusable-path"));
    QVERIFY(file.exists());
}

void ManagementSocketTest::tooLongAPath()
{
    ManagementSocket server(*m_methods, std::make_shared<control::AuditLog>(""), PeerPolicy{});
    const Result<> listening = server.listen(m_folder->filePath(QString(100, QLatin1Char('x'))));
    QVERIFY(!listening);
    QCOMPARE(listening.error().code, std::string("management.unusable-path"));
}

void ManagementSocketTest::closedWithCallsPending()
{
    startForUs();
    rpc::Client client;
    client.open(m_path);
    QStringList codes;
    const auto note = [&](const auto &result) { codes << QString::fromStdString(result.error().code); };
    client.call(rpc::ApplyConfig{}, this, note);
    client.subscribe(
        rpc::TailLog{}, this, [](const rpc::LogLine &) {}, note);
    QTRY_COMPARE(m_streams.size(), 1);
    m_server.reset();
    m_heldReplies.takeFirst()(rpc::ConfigApplied{});
    QVERIFY(!m_streams[0].send({{}, "x"}));
    QTRY_COMPARE(codes.size(), 2);
    QCOMPARE(codes[0], QStringLiteral("service.closed"));
}

QTEST_GUILESS_MAIN(ManagementSocketTest)
#include "management_socket_test.moc"
