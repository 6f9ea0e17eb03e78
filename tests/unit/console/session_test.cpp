// SPDX-License-Identifier: GPL-3.0-or-later
// The session against a service that is there, comes and goes, refuses, and stalls.
#include "session/session.h"
#include "support/canned_service.h"
#include "support/slowdown.h"

#include <QLocalServer>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace mainstay;
using session::LinkState;
using session::Session;

namespace {

constexpr session::Pace kQuick{Milliseconds(100), Milliseconds(300), Milliseconds(20),
                               Milliseconds(20),  Milliseconds(100), Milliseconds(200)};

// As root, who may always look, lets others into the folder and is nobody for as long as this lives: the kernel tells
// the service who connects.
class AsNobody {
public:
    explicit AsNobody(const QTemporaryDir &folder)
    {
        if (m_isRoot && (::chmod(QFile::encodeName(folder.path()).constData(), 0755) != 0 || ::seteuid(65'534) != 0))
            qFatal("root cannot become nobody");
    }
    ~AsNobody()
    {
        if (m_isRoot && ::seteuid(0) != 0)
            qFatal("cannot become root again");
    }
    AsNobody(const AsNobody &) = delete;
    AsNobody &operator=(const AsNobody &) = delete;

private:
    const bool m_isRoot = ::geteuid() == 0;
};

// The longest time that the event loop took from one turn of a timer to the next.
class LoopLatency : public QObject {
public:
    LoopLatency()
    {
        m_since.start();
        connect(&m_timer, &QTimer::timeout, this, [this] { m_longest = std::max(m_longest, m_since.restart()); });
        m_timer.start(5);
    }
    [[nodiscard]] qint64 longest() const { return m_longest; }

private:
    QTimer m_timer;
    QElapsedTimer m_since;
    qint64 m_longest = 0;
};

} // namespace

class SessionTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void live();
    void samplesFlow();
    void noService();
    void reconnects();
    void refused();
    void stalledServiceDoesNotBlock();
    void recoversFromAStall();
    void givesUpWhatIsDead();

private:
    [[nodiscard]] QString socket() const { return m_folder->filePath(QStringLiteral("s")); }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void SessionTest::live()
{
    const CannedService service(socket());
    Session session(kQuick);
    const QSignalSpy statuses(&session, &Session::statusArrived);
    session.start(socket());
    QCOMPARE(session.link().state, LinkState::connecting);
    QTRY_VERIFY(statuses.size() >= 3); // polled
    QCOMPARE(session.link().state, LinkState::live);
    QCOMPARE(statuses[0][0].value<rpc::Status>().version, std::string("9.8.7"));
    QVERIFY(session.link().lastSeen);
}

void SessionTest::samplesFlow()
{
    const CannedService service(socket());
    Session session(kQuick);
    const QSignalSpy samples(&session, &Session::sampleArrived);
    session.start(socket());
    QTRY_VERIFY(samples.size() >= 4);
}

void SessionTest::noService()
{
    Session session(kQuick);
    session.start(socket());
    QTRY_COMPARE(session.link().state, LinkState::away);
    QCOMPARE(session.link().why.code, std::string("service.unreachable"));
    QVERIFY(!session.link().why.remedy.empty());
}

void SessionTest::reconnects()
{
    auto service = std::make_unique<CannedService>(socket());
    Session session(kQuick);
    const QSignalSpy links(&session, &Session::linkChanged);
    const QSignalSpy samples(&session, &Session::sampleArrived);
    session.start(socket());
    for (int i = 0; i < 3; ++i) {
        QTRY_COMPARE(session.link().state, LinkState::live);
        service.reset();
        QTRY_COMPARE(session.link().state, LinkState::away);
        const auto before = samples.size();
        service = std::make_unique<CannedService>(socket());
        QTRY_COMPARE(session.link().state, LinkState::live);
        QTRY_VERIFY(samples.size() >= before + 3); // the stream is opened anew
    }
    service.reset();
    QTRY_COMPARE(session.link().state, LinkState::away);
    service = std::make_unique<CannedService>(socket());
    session.retryNow();
    QTRY_COMPARE(session.link().state, LinkState::live);
}

void SessionTest::refused()
{
    control::MethodRegistry methods;
    methods.handle<rpc::GetStatus>(
        [](const rpc::GetStatus &, const control::Caller &) -> Result<rpc::Status> { return rpc::Status(); });
    // Lets nobody in: another user, no groups.
    auto socketOfOthers = std::make_unique<control::ManagementSocket>(
        methods, std::make_shared<control::AuditLog>(m_folder->filePath(QStringLiteral("audit")).toStdString()),
        control::PeerPolicy{geteuid() + 1, {}, {}});
    QVERIFY(socketOfOthers->listen(socket()));
    Session session(kQuick);
    {
        const AsNobody nobody(*m_folder);
        session.start(socket());
        QTRY_VERIFY(session.client().isOpen());
    }
    QTRY_COMPARE(session.link().state, LinkState::refused);
    QVERIFY(!session.link().why.message.empty());
}

void SessionTest::stalledServiceDoesNotBlock()
{
    QLocalServer silent; // lets connect, and reads nothing
    QVERIFY(silent.listen(socket()));
    Session session(kQuick);
    session.start(socket());
    QTRY_VERIFY(session.client().isOpen());
    const LoopLatency latency;
    // More than the kernel holds for a reader that does not read.
    rpc::QueryDatabase query;
    query.sql.assign(100'000, 'x');
    int answered = 0;
    for (int i = 0; i < 50; ++i)
        session.client().call(query, &session, [&](const Result<rpc::QueryResult> &) { ++answered; });
    QTRY_COMPARE(session.link().state, LinkState::stalled);
    QVERIFY(!session.link().why.remedy.empty());
    QTest::qWait(300);
    QCOMPARE(answered, 0);
    QVERIFY2(latency.longest() < 500 * tests::kSlowdown, qPrintable(QStringLiteral("%1 ms").arg(latency.longest())));
}

void SessionTest::recoversFromAStall()
{
    QLocalServer silent;
    QVERIFY(silent.listen(socket()));
    Session session(kQuick);
    session.start(socket());
    QTRY_COMPARE(session.link().state, LinkState::stalled);
    silent.close();
    while (QLocalSocket *pending = silent.nextPendingConnection())
        delete pending;
    const CannedService service(socket());
    QTRY_COMPARE(session.link().state, LinkState::live);
}

// As a tunnel whose other end is gone: the connection stands, and nothing comes.
void SessionTest::givesUpWhatIsDead()
{
    QLocalServer silent;
    QVERIFY(silent.listen(socket()));
    session::Pace pace = kQuick;
    pace.giveUp = Milliseconds(600);
    Session session(pace);
    session.start(socket());
    QTRY_COMPARE(session.link().state, LinkState::stalled);
    QVERIFY(silent.hasPendingConnections());
    const std::unique_ptr<QLocalSocket> dead(silent.nextPendingConnection());
    silent.close(); // who is connected stays so
    const CannedService service(socket());
    QTRY_COMPARE(session.link().state, LinkState::live);
}

QTEST_GUILESS_MAIN(SessionTest)
#include "session_test.moc"
