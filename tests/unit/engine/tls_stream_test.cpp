// SPDX-License-Identifier: GPL-3.0-or-later
// TLS behind the shape of a socket: deadlines, ends and short operations, against OpenSSL's client in the same thread.
#include "engine/interference.h"
#include "engine/task_scope.h"
#include "engine/tls_certificate_table.h"
#include "engine/tls_stream.h"
#include "support/tls_client.h"

#include <QElapsedTimer>
#include <QTest>

#include <array>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>

using namespace mainstay;
using namespace mainstay::engine;
using namespace std::chrono_literals;
using mainstay::test::TlsClient;

namespace {

std::shared_ptr<const CertificateSelector> selector()
{
    static const auto kTable = [] {
        auto table = std::make_shared<TlsCertificateTable>();
        table->setDefault(test::makeCertificate({"default.test"}));
        return table;
    }();
    return kTable;
}

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

std::string numbered(std::size_t size)
{
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<char>(i * 2654435761U >> 13);
    return bytes;
}

} // namespace

class TlsStreamTest : public QObject {
    Q_OBJECT

    // A stream, and the client that may be cut off from it.
    struct Connection {
        explicit Connection(Interference *interference = nullptr, int sendBuffer = 0) : loop(interference)
        {
            std::array<int, 2> ends{};
            if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) != 0)
                qFatal("no sockets");
            if (sendBuffer > 0)
                ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &sendBuffer, sizeof sendBuffer);
            raw = ends[1];
            stream.emplace(loop, NativeSocket(ends[0]), TlsContext::make({}).value(), selector());
            client.emplace(raw);
        }
        ~Connection()
        {
            stream->cancel();
            turn();
            client.reset();
            ::close(raw);
        }
        void turn() { loop.turn(1ms); }
        void receive(Milliseconds timeout) { tasks.start(receiveOnce(timeout)); }
        void send(std::string_view bytes, Milliseconds timeout) { tasks.start(sendOnce(bytes, timeout)); }
        // Both ends until the handshake is done for the client.
        bool shakeHands()
        {
            for (int i = 0; i < 100; ++i) {
                if (client->handshake() == SSL_ERROR_NONE)
                    return true;
                turn();
            }
            return false;
        }
        // Waits for the operations to end by themselves.
        void await()
        {
            for (int i = 0; i < 3000 && tasks.running() > 0; ++i)
                turn();
        }

        Loop loop;
        int raw = -1;
        std::optional<TlsStream> stream;
        std::optional<TlsClient> client;
        Buffer in{loop.buffers()};
        std::optional<IoResult> received;
        std::optional<IoResult> sent;
        TaskScope tasks;

    private:
        Task<> receiveOnce(Milliseconds timeout) { received = co_await stream->receive(in, timeout); }
        Task<> sendOnce(std::string_view bytes, Milliseconds timeout) { sent = co_await stream->send(bytes, timeout); }
    };

private Q_SLOTS:
    void theFirstRequestMayComeWithTheHandshake()
    {
        Connection connection;
        connection.receive(2s);
        QVERIFY(connection.shakeHands());
        // The service has not seen the client's Finished yet: both arrive as one.
        QCOMPARE(connection.client->write("hello"), SSL_ERROR_NONE);
        connection.await();
        QVERIFY(connection.received && connection.received->ok());
        QCOMPARE(connection.in.view(), std::string_view("hello"));
    }

    void theHandshakeHasTheTimeoutOfTheReceive()
    {
        Connection connection;
        (void)::send(connection.raw, "\x16\x03\x01", 3, 0);
        connection.receive(100ms);
        connection.await();
        QVERIFY(connection.received && connection.received->status == IoStatus::timedOut);
    }

    // The end arrives with the last bytes, and there comes no other edge.
    void anEndInTheMiddleOfARecordIsNoticedAtOnce_data()
    {
        QTest::addColumn<bool>("established");
        QTest::newRow("in the handshake") << false;
        QTest::newRow("in a record") << true;
    }
    void anEndInTheMiddleOfARecordIsNoticedAtOnce()
    {
        QFETCH(bool, established);
        Connection connection;
        connection.receive(20s);
        if (established) {
            QVERIFY(connection.shakeHands());
            QCOMPARE(connection.client->write("hello"), SSL_ERROR_NONE);
            connection.await();
            connection.in.clear();
            connection.received.reset();
            connection.receive(20s);
        }
        QElapsedTimer timer;
        timer.start();
        const std::string part =
            established ? std::string("\x17\x03\x03\x01\x00some", 9) : std::string("\x16\x03\x01\x02\x00\x01", 6);
        (void)::send(connection.raw, part.data(), part.size(), 0);
        ::shutdown(connection.raw, SHUT_WR);
        connection.await();
        QVERIFY(connection.received && connection.received->status == IoStatus::failed);
        QVERIFY(timer.elapsed() < 2000);
    }

    // A client that takes a part of a record within each timeout is slow, not gone.
    void progressWithinARecordRenewsTheDeadline()
    {
        Connection connection(nullptr, 2048);
        connection.receive(5s);
        QVERIFY(connection.shakeHands());
        QCOMPARE(connection.client->write("hello"), SSL_ERROR_NONE);
        connection.await();
        const std::string content = numbered(100'000);
        connection.send(content, 300ms);
        QElapsedTimer timer;
        timer.start();
        std::string raw;
        while (connection.tasks.running() > 0 && timer.elapsed() < 10'000) {
            std::array<char, 2000> some;
            const ssize_t size = ::recv(connection.raw, some.data(), some.size(), 0);
            if (size > 0)
                raw.append(some.data(), static_cast<std::size_t>(size));
            connection.loop.turn(60ms); // a record takes longer than the timeout
        }
        QVERIFY(connection.sent);
        QVERIFY(connection.sent->ok());
        QCOMPARE(connection.sent->bytes, content.size());
        QVERIFY(timer.elapsed() > 1000);
    }

    void aClientThatTakesNothingIsTimedOut()
    {
        Connection connection(nullptr, 2048);
        connection.receive(5s);
        QVERIFY(connection.shakeHands());
        QCOMPARE(connection.client->write("hello"), SSL_ERROR_NONE);
        connection.await();
        const std::string content = numbered(100'000);
        connection.send(content, 150ms);
        connection.await();
        QVERIFY(connection.sent && connection.sent->status == IoStatus::timedOut);
    }

    // After a record that the socket did not take whole OpenSSL wants the same again, whatever the loop does meanwhile.
    void shortOperationsLoseNothing()
    {
        SmallPieces interference;
        Connection connection(&interference, 2048);
        connection.receive(5s);
        QVERIFY(connection.shakeHands());
        QCOMPARE(connection.client->write("hello, world"), SSL_ERROR_NONE);
        connection.await();
        QCOMPARE(connection.in.view(), std::string_view("hello, wor")); // at most ten at once
        const std::string content = numbered(300'000);
        connection.send(content, 5s);
        std::string read;
        for (int i = 0; i < 20'000 && read.size() < content.size(); ++i) {
            connection.loop.turn(0ms);
            while (connection.client->read(read) == SSL_ERROR_NONE) {
            }
        }
        connection.await();
        QVERIFY(connection.sent && connection.sent->ok());
        QVERIFY(read == content);
    }

    void goodbye()
    {
        Connection connection;
        connection.receive(5s);
        QVERIFY(connection.shakeHands());
        QCOMPARE(connection.client->write("hello"), SSL_ERROR_NONE);
        connection.await();
        connection.in.clear();
        connection.stream->shutdownSend();
        std::string nothing;
        int status = SSL_ERROR_NONE;
        for (int i = 0; i < 10 && status != SSL_ERROR_ZERO_RETURN; ++i)
            status = connection.client->read(nothing);
        QCOMPARE(status, SSL_ERROR_ZERO_RETURN);
        QCOMPARE(connection.client->shutdown(), SSL_ERROR_NONE);
        connection.receive(5s);
        connection.await();
        QVERIFY(connection.received->status == IoStatus::closed);
    }
};

QTEST_GUILESS_MAIN(TlsStreamTest)
#include "tls_stream_test.moc"
