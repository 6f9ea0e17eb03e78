// SPDX-License-Identifier: GPL-3.0-or-later
// TLS towards servers: whom they are taken for, what is resumed, and what is said of those that are not what they
// should be. The server is a TlsStream in the same loop.
#include "certificates/x509_issue.h"
#include "engine/interference.h"
#include "engine/task_scope.h"
#include "engine/tls_certificate_table.h"
#include "engine/tls_client_stream.h"
#include "engine/tls_stream.h"
#include "loopback.h"

#include <QTest>

#include <openssl/ssl.h>
#include <optional>

using namespace mainstay;
using namespace mainstay::engine;
using namespace std::chrono_literals;

namespace {

// An authority, and what it signs.
class Authority {
public:
    Authority() : m_key(certificates::makeKey().value())
    {
        m_certificate = certificates::makeAuthority("test", m_key.get(), valid()).value();
        const auto pem = certificates::toPem(m_certificate.get());
        authorities = TlsAuthorities::fromPem({certificates::textOf(pem.get()), "ca"}).value();
    }

    [[nodiscard]] TlsCertificate::Pointer sign(const std::vector<std::string> &names,
                                               std::optional<certificates::Validity> validity = {}) const
    {
        const auto key = certificates::makeKey().value();
        const auto leaf = certificates::makeServerCertificate(names, key.get(), m_certificate.get(), m_key.get(),
                                                              validity.value_or(valid()))
                              .value();
        const auto leafPem = certificates::toPem(leaf.get());
        const auto keyPem = certificates::toPem(key.get());
        return TlsCertificate::fromPem({certificates::textOf(leafPem.get()), "leaf"},
                                       {certificates::textOf(keyPem.get()), "key"})
            .value();
    }
    static certificates::Validity valid()
    {
        const WallTime now = WallClock::now();
        return {now - std::chrono::hours(1), now + std::chrono::hours(24)};
    }

    TlsAuthorities::Pointer authorities;

private:
    TlsHandle<EVP_PKEY> m_key;
    TlsHandle<X509> m_certificate;
};

class SmallPieces final : public Interference {
public:
    Verdict onAttempt(OperationKind /*kind*/) override
    {
        return ++m_attempts % 2 == 0 ? Verdict::defer : Verdict::proceed;
    }
    std::size_t limit(OperationKind /*kind*/, std::size_t wanted) override { return std::min<std::size_t>(wanted, 10); }

private:
    int m_attempts = 0;
};

// One connection: the client's end, and a server that sends back what it gets.
class Connection {
public:
    Connection(Loop &loop, const TlsCertificate::Pointer &certificate, TlsClientContext::Pointer context,
               const std::string &name, std::shared_ptr<TlsTickets> tickets = nullptr, TlsPolicy policy = {})
        : m_loop(loop)
    {
        test::Connected pair;
        auto table = std::make_shared<TlsCertificateTable>();
        table->setDefault(certificate);
        server.emplace(loop, std::move(pair.ours), TlsContext::make(policy).value(), table);
        client.emplace(loop, std::move(pair.peer), std::move(context), name, std::move(tickets));
    }
    ~Connection()
    {
        client->cancel();
        server->cancel();
        test::runUntil(m_loop, [this] { return m_tasks.running() == 0; });
    }

    // Sends "ping", and waits for what comes back, if it comes to that.
    [[nodiscard]] std::string ask(Milliseconds patience = 5s)
    {
        std::string answer;
        bool isDone = false;
        m_tasks.start(echo());
        m_tasks.start(askOnce(answer, isDone, patience));
        test::runUntil(m_loop, [&isDone] { return isDone; });
        return answer;
    }

    std::optional<TlsStream> server;
    std::optional<TlsClientStream> client;
    IoResult connected;

private:
    Task<> echo()
    {
        Buffer in(m_loop.buffers());
        for (;;) {
            const IoResult received = co_await server->receive(in, 10s);
            if (!received.ok())
                break;
            const IoResult sent = co_await server->send(in.view(), 10s);
            in.clear();
            if (!sent.ok())
                break;
        }
    }
    Task<> askOnce(std::string &answer, bool &isDone, Milliseconds patience)
    {
        connected = co_await client->connected(patience);
        Buffer in(m_loop.buffers());
        if (connected.ok()) {
            const IoResult sent = co_await client->send("ping", patience);
            while (sent.ok() && in.size() < 4) {
                const IoResult received = co_await client->receive(in, patience);
                if (!received.ok())
                    break;
            }
        }
        answer = in.view();
        isDone = true;
    }

    Loop &m_loop;
    TaskScope m_tasks;
};

} // namespace

class TlsClientStreamTest : public QObject {
    Q_OBJECT

    Authority m_authority;

    [[nodiscard]] TlsClientContext::Pointer context(const std::string &protocol = "http/1.1") const
    {
        return TlsClientContext::make({m_authority.authorities, nullptr, protocol}).value();
    }

private Q_SLOTS:
    void speaksWithWhomItTrusts_data()
    {
        QTest::addColumn<QString>("name");
        QTest::newRow("a name") << "app.test";
        QTest::newRow("one of many") << "any.wild.test";
        QTest::newRow("an address") << "127.0.0.1";
    }
    void speaksWithWhomItTrusts()
    {
        QFETCH(QString, name);
        Loop loop;
        Connection connection(loop, m_authority.sign({"app.test", "*.wild.test", "127.0.0.1"}), context(),
                              name.toStdString());
        QCOMPARE(connection.ask(), std::string("ping"));
        QCOMPARE(connection.client->failure(), std::string());
        QVERIFY(connection.client->isEncrypted());
        const std::string asked = name == QLatin1String("127.0.0.1") ? "" : name.toStdString();
        QCOMPARE(std::string(connection.server->tls()->serverName()), asked);
    }

    void inSmallPieces()
    {
        SmallPieces interference;
        Loop loop(&interference);
        Connection connection(loop, m_authority.sign({"app.test"}), context(), "app.test");
        QCOMPARE(connection.ask(), std::string("ping"));
    }

    void refusesOthers_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("isStranger");
        QTest::addColumn<bool>("isOld");
        QTest::addColumn<QString>("reason");
        QTest::newRow("another name") << "b.test" << false << false << "its certificate is not for the name b.test";
        QTest::newRow("another address") << "127.0.0.2" << false << false << "its certificate is not for its address";
        QTest::newRow("of a stranger") << "app.test" << true << false
                                       << "its certificate is signed by no authority that is known here";
        QTest::newRow("expired") << "app.test" << false << true
                                 << "its certificate, or one that signed it, has expired";
    }
    void refusesOthers()
    {
        QFETCH(QString, name);
        QFETCH(bool, isStranger);
        QFETCH(bool, isOld);
        QFETCH(QString, reason);
        const Authority stranger;
        const WallTime now = WallClock::now();
        const auto certificate =
            (isStranger ? stranger : m_authority)
                .sign({"app.test", "127.0.0.1"},
                      isOld ? certificates::Validity{now - std::chrono::hours(48), now - std::chrono::hours(24)}
                            : Authority::valid());
        Loop loop;
        Connection connection(loop, certificate, context(), name.toStdString());
        QCOMPARE(connection.ask(), std::string());
        QCOMPARE(connection.connected.status, IoStatus::failed);
        QCOMPARE(connection.client->failure(), reason.toStdString());
        // Who asks for no proof takes it.
        Connection careless(loop, certificate, TlsClientContext::make({}).value(), name.toStdString());
        QCOMPARE(careless.ask(), std::string("ping"));
    }

    void resumesSessions_data()
    {
        QTest::addColumn<bool>("isLatest");
        QTest::newRow("TLS 1.3") << true;
        QTest::newRow("TLS 1.2") << false;
    }
    void resumesSessions()
    {
        QFETCH(bool, isLatest);
        Loop loop;
        const auto shared = context();
        const auto tickets = std::make_shared<TlsTickets>();
        auto table = std::make_shared<TlsCertificateTable>();
        table->setDefault(m_authority.sign({"app.test"}));
        if (!isLatest)
            SSL_CTX_set_max_proto_version(shared->native(), TLS1_2_VERSION);
        const auto served = TlsContext::make({}).value();
        for (int round = 0; round < 3; ++round) {
            test::Connected pair;
            TlsStream server(loop, std::move(pair.ours), served, table);
            TlsClientStream client(loop, std::move(pair.peer), shared, "app.test", tickets);
            TaskScope tasks;
            tasks.start([](TlsStream &stream, Loop &owner) -> Task<> {
                Buffer in(owner.buffers());
                const IoResult received = co_await stream.receive(in, 5s);
                if (received.ok())
                    (void)co_await stream.send(in.view(), 5s);
            }(server, loop));
            tasks.start([](TlsClientStream &stream, Loop &owner) -> Task<> {
                Buffer in(owner.buffers());
                (void)co_await stream.connected(5s);
                (void)co_await stream.send("x", 5s);
                (void)co_await stream.receive(in, 5s);
            }(client, loop));
            QVERIFY(test::runUntil(loop, [&tasks] { return tasks.running() == 0; }));
            QCOMPARE(client.tls()->resumed(), round > 0);
        }
    }

    void whoSpeaksNoTlsIsTold()
    {
        Loop loop;
        test::Connected pair;
        TlsClientStream client(loop, std::move(pair.peer), context(), "app.test", nullptr);
        QVERIFY(test::writeAll(pair.ours.handle(), "HTTP/1.1 400 Bad Request\r\n\r\n"));
        TaskScope tasks;
        IoResult connected;
        tasks.start([](TlsClientStream &stream, IoResult &result) -> Task<> {
            result = co_await stream.connected(5s);
        }(client, connected));
        QVERIFY(test::runUntil(loop, [&tasks] { return tasks.running() == 0; }));
        QCOMPARE(connected.status, IoStatus::failed);
        QCOMPARE(client.failure(), std::string("it does not speak TLS"));
    }

    void whoSaysNothingTimesOut()
    {
        Loop loop;
        test::Connected pair;
        TlsClientStream client(loop, std::move(pair.peer), context(), "app.test", nullptr);
        TaskScope tasks;
        IoResult connected;
        tasks.start([](TlsClientStream &stream, IoResult &result) -> Task<> {
            result = co_await stream.connected(100ms);
        }(client, connected));
        QVERIFY(test::runUntil(loop, [&tasks] { return tasks.running() == 0; }));
        QCOMPARE(connected.status, IoStatus::timedOut);
    }

    void protocolsAreAgreedUpon()
    {
        Loop loop;
        const auto certificate = m_authority.sign({"app.test"});
        Connection both(loop, certificate, context("h2"), "app.test");
        QCOMPARE(both.ask(), std::string("ping"));
        QCOMPARE(both.client->protocol(), std::string_view("h2"));
        TlsPolicy silent;
        silent.protocols.clear();
        Connection older(loop, certificate, context(), "app.test", nullptr, silent);
        QCOMPARE(older.ask(), std::string("ping"));
        Connection refused(loop, certificate, context("h2"), "app.test", nullptr, silent);
        QCOMPARE(refused.ask(), std::string());
        QCOMPARE(refused.client->failure(), std::string("it does not speak HTTP/2 over TLS"));
    }
};

QTEST_APPLESS_MAIN(TlsClientStreamTest)
#include "tls_client_stream_test.moc"
