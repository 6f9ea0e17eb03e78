// SPDX-License-Identifier: GPL-3.0-or-later
// TLS sessions against OpenSSL's client, both ends in one thread.
#include "engine/tls_certificate_table.h"
#include "engine/tls_session.h"
#include "support/tls_client.h"

#include <QTest>
#include <array>
#include <functional>
#include <memory>
#include <openssl/err.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace mainstay;
using namespace mainstay::engine;
using mainstay::test::TlsClient;
using mainstay::test::TlsOffer;

namespace {

// Two connected non-blocking sockets.
class SocketPair {
public:
    SocketPair() { m_made = ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, m_ends.data()) == 0; }
    SocketPair(const SocketPair &) = delete;
    SocketPair &operator=(const SocketPair &) = delete;
    ~SocketPair()
    {
        closeClient();
        ::close(m_ends[0]);
    }
    [[nodiscard]] bool isMade() const { return m_made; }
    [[nodiscard]] int server() const { return m_ends[0]; }
    [[nodiscard]] int client() const { return m_ends[1]; }
    void closeClient()
    {
        if (m_ends[1] >= 0)
            ::close(std::exchange(m_ends[1], -1));
    }

private:
    std::array<int, 2> m_ends{};
    bool m_made = false;
};

// One certificate for two names, one for a wildcard, one for the rest.
const TlsCertificateTable &table()
{
    static const TlsCertificateTable kTable = [] {
        TlsCertificateTable made;
        made.add(test::makeCertificate({"www.example.org", "example.net"}));
        made.add(test::makeCertificate({"*.example.org"}));
        made.setDefault(test::makeCertificate({"default.test"}));
        return made;
    }();
    return kTable;
}

const TlsContext &context()
{
    static const TlsContext::Pointer kContext = TlsContext::make({}).value();
    return *kContext;
}

// A session and its client over a socket pair.
struct Connection {
    explicit Connection(const TlsOffer &offer = {}, const TlsClient::Session &resumed = {},
                        const TlsContext &policy = context(), const CertificateSelector &selector = table())
        : client(sockets.client(), offer, resumed), session(policy, sockets.server(), selector)
    {}

    // Drives both ends until they agree or one gives up.
    bool shakeHands()
    {
        int ours = SSL_ERROR_WANT_READ;
        TlsStatus theirs = TlsStatus::wantRead;
        for (int turn = 0; turn < 20 && (ours != SSL_ERROR_NONE || theirs != TlsStatus::done); ++turn) {
            if (ours != SSL_ERROR_NONE)
                ours = client.handshake();
            if (theirs != TlsStatus::done)
                theirs = session.handshake().status;
            if (ours == SSL_ERROR_SSL || ours == SSL_ERROR_SYSCALL)
                return false;
            if (theirs == TlsStatus::failed || theirs == TlsStatus::truncated) {
                client.handshake(); // takes the alert
                return false;
            }
        }
        std::string none; // takes the ticket
        return ours == SSL_ERROR_NONE && theirs == TlsStatus::done && client.read(none) == SSL_ERROR_WANT_READ;
    }

    SocketPair sockets;
    TlsClient client;
    TlsSession session;
};

class NoCertificates final : public CertificateSelector {
public:
    [[nodiscard]] TlsChoice select(std::string_view /*serverName*/) const override { return {}; }
};

std::string numbered(std::size_t size)
{
    std::string bytes(size, '\0');
    for (std::size_t index = 0; index < size; ++index)
        bytes[index] = static_cast<char>((index * 2654435761U) >> 13);
    return bytes;
}

} // namespace

class TlsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // The invariant of every call.
    void cleanup() { QCOMPARE(ERR_peek_error(), 0UL); }

    void serverNames_data();
    void serverNames();
    void selection_data();
    void selection();
    void policies();
    void handshake_data();
    void handshake();
    void withoutCertificateTheHelloIsRefused();
    void protocolsInCommon();
    void oldVersionsAreRefused_data();
    void oldVersionsAreRefused();
    void aHelloInSingleBytes();
    void resumption_data();
    void resumption();
    void errorsOfOthersDoNoHarm();
    void readTakesAllThatHasArrived();
    void smallPiecesLeaveInOneRecord();
    void writeResumesWhereTheSocketWasFull();
    void keyUpdateIsAnswered();
    void renegotiationIsRefused();
    void goodbyeAfterData();
    void ourGoodbye();
    void truncation();
    void writingToAPeerThatIsGone();
    void garbage_data();
    void garbage();
    void garbageAfterTheHandshake();
    void oneContextForManyThreads();
};

void TlsTest::serverNames_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("name");
    QTest::newRow("plain") << QByteArray("www.example.org") << QByteArray("www.example.org");
    QTest::newRow("upper case") << QByteArray("WWW.Example.ORG") << QByteArray("www.example.org");
    QTest::newRow("final dot") << QByteArray("example.org.") << QByteArray("example.org");
    QTest::newRow("one label") << QByteArray("localhost") << QByteArray("localhost");
    QTest::newRow("underscore") << QByteArray("_a.example") << QByteArray("_a.example");
    QTest::newRow("digits first") << QByteArray("7.example.1a") << QByteArray("7.example.1a");
    QTest::newRow("longest label") << QByteArray(63, 'a') << QByteArray(63, 'a');
    QTest::newRow("longest name") << QByteArray("ab.").repeated(84) + "a" << QByteArray("ab.").repeated(84) + "a";
    QTest::newRow("empty") << QByteArray() << QByteArray();
    QTest::newRow("dot") << QByteArray(".") << QByteArray();
    QTest::newRow("two dots") << QByteArray("a..b") << QByteArray();
    QTest::newRow("leading dot") << QByteArray(".example.org") << QByteArray();
    QTest::newRow("wildcard") << QByteArray("*.example.org") << QByteArray();
    QTest::newRow("long label") << QByteArray(64, 'a') << QByteArray();
    QTest::newRow("long name") << QByteArray("ab.").repeated(84) + "ab" << QByteArray();
    QTest::newRow("IPv4") << QByteArray("192.0.2.1") << QByteArray();
    QTest::newRow("IPv6") << QByteArray("2001:db8::1") << QByteArray();
    QTest::newRow("path") << QByteArray("a/../b") << QByteArray();
    QTest::newRow("not ASCII") << QByteArray("b\xc3\xbc.de") << QByteArray();
    QTest::newRow("zero byte") << QByteArray("a\0b", 3) << QByteArray();
}

void TlsTest::serverNames()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, name);
    const auto parsed = ServerName::parse({text.data(), static_cast<std::size_t>(text.size())});
    QCOMPARE(parsed.has_value(), !name.isEmpty());
    if (parsed)
        QCOMPARE(std::string(parsed->text()), name.toStdString());
}

void TlsTest::selection_data()
{
    QTest::addColumn<QByteArray>("serverName");
    QTest::addColumn<QByteArray>("certificate");
    QTest::newRow("exact") << QByteArray("www.example.org") << QByteArray("www.example.org");
    QTest::newRow("second name") << QByteArray("example.net") << QByteArray("www.example.org");
    QTest::newRow("wildcard") << QByteArray("shop.example.org") << QByteArray("*.example.org");
    QTest::newRow("two levels down") << QByteArray("a.shop.example.org") << QByteArray("default.test");
    QTest::newRow("wildcard's parent") << QByteArray("example.org") << QByteArray("default.test");
    QTest::newRow("another") << QByteArray("example.com") << QByteArray("default.test");
    QTest::newRow("one label") << QByteArray("org") << QByteArray("default.test");
    QTest::newRow("none") << QByteArray() << QByteArray("default.test");
}

void TlsTest::selection()
{
    QFETCH(QByteArray, serverName);
    QFETCH(QByteArray, certificate);
    const TlsCertificate *found =
        table().select({serverName.data(), static_cast<std::size_t>(serverName.size())}).certificate;
    QVERIFY(found != nullptr);
    QCOMPARE(found->names().front(), certificate.toStdString());

    TlsCertificateTable withoutDefault;
    withoutDefault.add(test::makeCertificate({"www.example.org"}));
    QVERIFY(withoutDefault.select("www.example.org").certificate != nullptr);
    QVERIFY(withoutDefault.select("example.com").certificate == nullptr);
}

void TlsTest::policies()
{
    QVERIFY(TlsContext::make({.minimum = TlsVersion::tls13}).has_value());
    const auto refused = TlsContext::make({.ciphers = "NONE-SUCH"});
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, std::string("tls.policy-refused"));
    QVERIFY(!TlsContext::make({.groups = "P-12"}));
}

void TlsTest::handshake_data()
{
    QTest::addColumn<int>("maximum");
    QTest::addColumn<QByteArray>("sent");
    QTest::addColumn<QByteArray>("heard");
    QTest::addColumn<QByteArray>("certificate");
    for (const int maximum : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        const char *version = maximum == TLS1_2_VERSION ? "1.2" : "1.3";
        QTest::addRow("%s exact", version) << maximum << QByteArray("www.example.org") << QByteArray("www.example.org")
                                           << QByteArray("www.example.org");
        QTest::addRow("%s upper case", version) << maximum << QByteArray("Shop.EXAMPLE.org")
                                                << QByteArray("shop.example.org") << QByteArray("*.example.org");
        QTest::addRow("%s no name", version) << maximum << QByteArray() << QByteArray() << QByteArray("default.test");
        QTest::addRow("%s address", version)
            << maximum << QByteArray("127.0.0.1") << QByteArray() << QByteArray("default.test");
    }
}

void TlsTest::handshake()
{
    QFETCH(int, maximum);
    QFETCH(QByteArray, sent);
    QFETCH(QByteArray, heard);
    QFETCH(QByteArray, certificate);
    Connection connection({.serverName = sent.toStdString(), .protocols = {"h2", "http/1.1"}, .maximum = maximum});
    QVERIFY2(connection.shakeHands(), connection.client.reason().c_str());
    QCOMPARE(std::string(connection.session.serverName()), heard.toStdString());
    QCOMPARE(connection.client.serverCertificateName(), certificate.toStdString());
    QCOMPARE(std::string(connection.session.protocol()), std::string("h2"));
    QCOMPARE(std::string(connection.session.version()), std::string(maximum == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3"));
    QCOMPARE(std::string(connection.session.cipher()),
             std::string(maximum == TLS1_2_VERSION ? "ECDHE-ECDSA-AES128-GCM-SHA256" : "TLS_AES_128_GCM_SHA256"));
    QVERIFY(!connection.session.resumed());
    QVERIFY(!connection.session.hasBuffered());
    QVERIFY(connection.session.drained());
}

void TlsTest::withoutCertificateTheHelloIsRefused()
{
    const NoCertificates none;
    Connection connection({.serverName = "www.example.org"}, {}, context(), none);
    QVERIFY(!connection.shakeHands());
    QCOMPARE(connection.session.handshake().status, TlsStatus::failed);
    QCOMPARE(connection.client.reason(), std::string("tlsv1 unrecognized name"));
}

void TlsTest::protocolsInCommon()
{
    Connection silent;
    QVERIFY(silent.shakeHands());
    QVERIFY(silent.session.protocol().empty());

    Connection stranger({.protocols = {"smtp"}});
    QVERIFY(!stranger.shakeHands());
    QCOMPARE(stranger.client.reason(), std::string("tlsv1 alert no application protocol"));
}

void TlsTest::oldVersionsAreRefused_data()
{
    QTest::addColumn<int>("version");
    QTest::newRow("TLS 1.0") << TLS1_VERSION;
    QTest::newRow("TLS 1.1") << TLS1_1_VERSION;
}

void TlsTest::oldVersionsAreRefused()
{
    QFETCH(int, version);
    Connection connection({.minimum = version, .maximum = version});
    QVERIFY(!connection.shakeHands());
    QCOMPARE(connection.session.failure(), std::string("unsupported protocol"));
    QCOMPARE(connection.client.reason(), std::string("tlsv1 alert protocol version"));
}

void TlsTest::aHelloInSingleBytes()
{
    Connection connection({.serverName = "www.example.org"});
    SocketPair slow;
    TlsSession session(context(), slow.server(), table());
    QCOMPARE(connection.client.handshake(), SSL_ERROR_WANT_READ);
    std::array<char, 4096> hello;
    const ssize_t size = ::read(connection.sockets.server(), hello.data(), hello.size());
    QVERIFY(size > 100);
    for (ssize_t index = 0; index < size; ++index) {
        QCOMPARE(session.handshake().status, TlsStatus::wantRead);
        QVERIFY(session.serverName().empty());
        QCOMPARE(::write(slow.client(), &hello[static_cast<std::size_t>(index)], 1), 1);
    }
    QCOMPARE(session.handshake().status, TlsStatus::wantRead); // for the client's Finished
    QCOMPARE(std::string(session.serverName()), std::string("www.example.org"));
}

void TlsTest::resumption_data()
{
    QTest::addColumn<int>("maximum");
    QTest::addColumn<bool>("tickets");
    QTest::newRow("1.2") << TLS1_2_VERSION << true;
    QTest::newRow("1.3") << TLS1_3_VERSION << true;
    QTest::newRow("1.2 without") << TLS1_2_VERSION << false;
    QTest::newRow("1.3 without") << TLS1_3_VERSION << false;
}

void TlsTest::resumption()
{
    QFETCH(int, maximum);
    QFETCH(bool, tickets);
    TlsPolicy policy;
    if (!tickets)
        policy.ticketLifetime = Seconds::zero();
    const auto shared = TlsContext::make(policy).value();
    const TlsOffer offer{.serverName = "www.example.org", .protocols = {"http/1.1"}, .maximum = maximum};
    Connection first(offer, {}, *shared);
    QVERIFY(first.shakeHands());
    QCOMPARE(first.client.shutdown(), SSL_ERROR_NONE); // a connection cut short may not be resumed
    QVERIFY(!tickets || first.client.session() != nullptr);

    Connection second(offer, first.client.session(), *shared);
    QVERIFY(second.shakeHands());
    QCOMPARE(second.session.resumed(), tickets);
    QCOMPARE(std::string(second.session.serverName()), std::string("www.example.org"));
    QCOMPARE(std::string(second.session.protocol()), std::string("http/1.1"));
}

void TlsTest::errorsOfOthersDoNoHarm()
{
    Connection connection;
    QVERIFY(connection.shakeHands());
    std::array<char, 64> space;
    ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR); // left in the thread's queue by whoever ran before
    QCOMPARE(connection.session.read(space).status, TlsStatus::wantRead);
    ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
    QCOMPARE(connection.session.write("x").status, TlsStatus::done);
}

void TlsTest::readTakesAllThatHasArrived()
{
    Connection connection;
    QVERIFY(connection.shakeHands());
    std::array<char, 65536> space;
    QCOMPARE(connection.session.read(space).status, TlsStatus::wantRead);

    for (const char *record : {"one ", "two ", "three"})
        QCOMPARE(connection.client.write(record), SSL_ERROR_NONE);
    TlsOutcome outcome = connection.session.read(space);
    QCOMPARE(outcome.status, TlsStatus::done);
    QCOMPARE(std::string(space.data(), outcome.bytes), std::string("one two three"));
    QVERIFY(connection.session.drained());
    QVERIFY(!connection.session.hasBuffered());

    // What does not fit is kept, and hasBuffered() says so, since the socket will not.
    QCOMPARE(connection.client.write("0123456789"), SSL_ERROR_NONE);
    outcome = connection.session.read(std::span(space).first(4));
    QCOMPARE(outcome.bytes, std::size_t(4));
    QVERIFY(connection.session.drained());
    QVERIFY(connection.session.hasBuffered());
    outcome = connection.session.read(space);
    QCOMPARE(std::string(space.data(), outcome.bytes), std::string("456789"));
    QVERIFY(!connection.session.hasBuffered());
}

void TlsTest::smallPiecesLeaveInOneRecord()
{
    Connection connection;
    QVERIFY(connection.shakeHands());
    const std::array<std::string_view, 5> pieces{"", "HTTP/1.1 200 OK\r\n", "\r\n", "", "body"};
    const TlsOutcome outcome = connection.session.write(pieces);
    QCOMPARE(outcome.status, TlsStatus::done);
    QCOMPARE(outcome.bytes, std::size_t(23));
    std::string received;
    QCOMPARE(connection.client.read(received), SSL_ERROR_NONE); // one record and no more
    QCOMPARE(received, std::string("HTTP/1.1 200 OK\r\n\r\nbody"));
    QCOMPARE(connection.client.read(received), SSL_ERROR_WANT_READ);
    QCOMPARE(connection.session.write("").status, TlsStatus::done);
}

void TlsTest::writeResumesWhereTheSocketWasFull()
{
    Connection connection;
    QVERIFY(connection.shakeHands());
    const int small = 8192;
    ::setsockopt(connection.sockets.server(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);

    const std::string head = numbered(300);
    const std::string body = numbered(1 << 20);
    const std::string all = head + body;
    std::string received;
    std::size_t sent = 0;
    int waits = 0;
    while (sent < all.size()) {
        // From a fresh place in memory each time, in two pieces first and then in one.
        const std::string left = all.substr(sent);
        const std::size_t cut = sent < head.size() ? head.size() - sent : 0;
        const std::array<std::string_view, 2> pieces{std::string_view(left).substr(0, cut),
                                                     std::string_view(left).substr(cut)};
        const TlsOutcome outcome = connection.session.write(pieces);
        sent += outcome.bytes;
        QVERIFY(outcome.status == TlsStatus::done || outcome.status == TlsStatus::wantWrite);
        waits += outcome.status == TlsStatus::wantWrite ? 1 : 0;
        while (connection.client.read(received) == SSL_ERROR_NONE) {
        }
    }
    while (connection.client.read(received) == SSL_ERROR_NONE) {
    }
    QVERIFY2(waits > 10, qPrintable(QString::number(waits)));
    QCOMPARE(received.size(), all.size());
    QVERIFY(received == all);
}

void TlsTest::keyUpdateIsAnswered()
{
    Connection connection;
    QVERIFY(connection.shakeHands());
    QCOMPARE(SSL_key_update(connection.client.native(), SSL_KEY_UPDATE_REQUESTED), 1);
    QCOMPARE(connection.client.write("new keys"), SSL_ERROR_NONE);
    std::array<char, 64> space;
    const TlsOutcome outcome = connection.session.read(space);
    QCOMPARE(std::string(space.data(), outcome.bytes), std::string("new keys"));
    QCOMPARE(connection.session.write("and ours").status, TlsStatus::done);
    std::string received;
    QCOMPARE(connection.client.read(received), SSL_ERROR_NONE);
    QCOMPARE(received, std::string("and ours"));
}

void TlsTest::renegotiationIsRefused()
{
    Connection connection({.maximum = TLS1_2_VERSION});
    QVERIFY(connection.shakeHands());
    QCOMPARE(SSL_renegotiate(connection.client.native()), 1);
    QCOMPARE(connection.client.handshake(), SSL_ERROR_WANT_READ);
    std::array<char, 64> space;
    QCOMPARE(connection.session.read(space).status, TlsStatus::wantRead);
    QCOMPARE(connection.client.handshake(), SSL_ERROR_SSL);
    QCOMPARE(connection.client.reason(), std::string("no renegotiation"));
}

void TlsTest::goodbyeAfterData()
{
    Connection connection;
    QVERIFY(connection.shakeHands());
    QCOMPARE(connection.client.write("last words"), SSL_ERROR_NONE);
    QCOMPARE(connection.client.shutdown(), SSL_ERROR_NONE);
    std::array<char, 64> space;
    const TlsOutcome outcome = connection.session.read(space);
    QCOMPARE(outcome.status, TlsStatus::done);
    QCOMPARE(outcome.bytes, std::size_t(10));
    QVERIFY(connection.session.hasBuffered()); // the goodbye has left the socket
    QCOMPARE(connection.session.read(space).status, TlsStatus::closed);
    QCOMPARE(connection.session.read(space).status, TlsStatus::closed);

    // The peer has only ended its own side.
    QCOMPARE(connection.session.write("answer").status, TlsStatus::done);
}

void TlsTest::ourGoodbye()
{
    Connection connection;
    QCOMPARE(connection.session.shutdown().status, TlsStatus::done); // nothing to say before the handshake
    QVERIFY(connection.shakeHands());
    QCOMPARE(connection.session.shutdown().status, TlsStatus::done);
    std::string received;
    QCOMPARE(connection.client.read(received), SSL_ERROR_ZERO_RETURN);
    QVERIFY(received.empty());
}

void TlsTest::truncation()
{
    Connection connection;
    QVERIFY(connection.shakeHands());
    QCOMPARE(connection.client.write("half a sent"), SSL_ERROR_NONE);
    connection.sockets.closeClient();
    std::array<char, 64> space;
    const TlsOutcome outcome = connection.session.read(space);
    QCOMPARE(outcome.status, TlsStatus::done);
    QCOMPARE(outcome.bytes, std::size_t(11));
    QCOMPARE(connection.session.read(space).status, TlsStatus::truncated);
    QCOMPARE(connection.session.failure(), std::string("connection ended without close_notify"));
    QCOMPARE(connection.session.read(space).status, TlsStatus::truncated);
    QCOMPARE(connection.session.shutdown().status, TlsStatus::done);
}

void TlsTest::writingToAPeerThatIsGone()
{
    Connection connection;
    QVERIFY(connection.shakeHands());
    connection.sockets.closeClient();
    QCOMPARE(connection.session.write("anyone?").status, TlsStatus::truncated); // and no SIGPIPE
    QCOMPARE(connection.session.failure(), std::string("Broken pipe"));
}

void TlsTest::garbage_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("failure");
    QTest::newRow("plain HTTP") << QByteArray("GET / HTTP/1.1\r\nHost: a\r\n\r\n") << QByteArray("http request");
    QTest::newRow("zeros") << QByteArray(512, '\0') << QByteArray("wrong version number");
    QTest::newRow("ones") << QByteArray(512, '\xff') << QByteArray("wrong version number");
    QTest::newRow("a record too long") << QByteArray("\x16\x03\x01\x50\x00\x01", 6) + QByteArray(512, 'a')
                                       << QByteArray("packet length too long");
    QTest::newRow("no hello") << QByteArray("\x16\x03\x01\x00\x04\x14\x00\x00\x00", 9)
                              << QByteArray("unexpected message");
    QTest::newRow("a hello of nothing") << QByteArray("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03", 10)
                                        << QByteArray("length too short");
}

void TlsTest::garbage()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, failure);
    SocketPair sockets;
    QVERIFY(sockets.isMade());
    TlsSession session(context(), sockets.server(), table());
    QCOMPARE(::write(sockets.client(), bytes.data(), static_cast<std::size_t>(bytes.size())), bytes.size());
    QCOMPARE(session.handshake().status, TlsStatus::failed);
    QCOMPARE(session.failure(), failure.toStdString());

    std::array<char, 64> space;
    QCOMPARE(session.handshake().status, TlsStatus::failed);
    QCOMPARE(session.read(space).status, TlsStatus::failed);
    QCOMPARE(session.write("x").status, TlsStatus::failed);
    QCOMPARE(session.shutdown().status, TlsStatus::done);
}

void TlsTest::garbageAfterTheHandshake()
{
    Connection connection;
    QVERIFY(connection.shakeHands());
    const QByteArray forged = QByteArray("\x17\x03\x03\x00\x40", 5) + QByteArray(64, 'x');
    QCOMPARE(::write(connection.sockets.client(), forged.data(), static_cast<std::size_t>(forged.size())),
             forged.size());
    std::array<char, 64> space;
    QCOMPARE(connection.session.read(space).status, TlsStatus::failed);
    QCOMPARE(connection.session.failure(), std::string("decryption failed or bad record mac"));
    std::string received;
    QCOMPARE(connection.client.read(received), SSL_ERROR_SSL);
    QCOMPARE(connection.client.reason(), std::string("sslv3 alert bad record mac"));
}

void TlsTest::oneContextForManyThreads()
{
    std::array<int, 3> completed{};
    std::vector<std::thread> workers;
    for (int &count : completed)
        workers.emplace_back([&count] {
            TlsClient::Session ticket;
            for (int turn = 0; turn < 20; ++turn) {
                Connection connection({.serverName = "www.example.org"}, turn % 2 == 0 ? TlsClient::Session() : ticket);
                if (!connection.shakeHands() || connection.session.resumed() != (turn % 2 != 0))
                    return;
                connection.client.shutdown();
                ticket = connection.client.session();
                ++count;
            }
        });
    for (std::thread &worker : workers)
        worker.join();
    for (const int count : completed)
        QCOMPARE(count, 20);
}

QTEST_APPLESS_MAIN(TlsTest)
#include "tls_test.moc"
