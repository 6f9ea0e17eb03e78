// SPDX-License-Identifier: GPL-3.0-or-later
// Datagrams by the batch: each answered once, from the address it came to.
#include "engine/udp_socket.h"
#include "loopback.h"

#include <QTest>
#include <set>
#include <string>

using namespace mainstay;
using namespace mainstay::engine;
using namespace std::chrono_literals;
using mainstay::test::runUntil;

namespace {

// Answers a datagram with itself in brackets; one that is empty or says "silence", not at all.
struct Echo {
    Loop loop;
    std::uint16_t port = 0;
    std::vector<std::size_t> sizes;
    std::vector<Endpoint> peers;
    int batches = 0;
    UdpSocket socket;

    explicit Echo(const char *address = "127.0.0.1") : Echo(test::boundSocket(SOCK_DGRAM, address)) {}
    explicit Echo(NativeSocket bound)
        : port(test::localEndpoint(bound.handle()).port),
          socket(
              loop, std::move(bound),
              [this](std::span<const std::uint8_t> question, const UdpSocket::Peer &peer,
                     std::span<std::uint8_t> answer) -> std::size_t {
                  sizes.push_back(question.size());
                  peers.push_back(peer.endpoint());
                  const std::string text(question.begin(), question.end());
                  if (text.empty() || text == "silence" || text.size() + 2 > answer.size())
                      return 0;
                  const std::string bracketed = "[" + text + "]";
                  std::copy(bracketed.begin(), bracketed.end(), answer.begin());
                  return bracketed.size();
              },
              [this] { ++batches; })
    {}
};

// A client on `from` that talks to one address.
class Client {
public:
    Client(const char *from, const char *to, std::uint16_t port) : m_socket(test::boundSocket(SOCK_DGRAM, from))
    {
        const int large = 4 << 20;
        ::setsockopt(m_socket.handle(), SOL_SOCKET, SO_RCVBUF, &large, sizeof large);
        const SocketAddress peer(Endpoint{IpAddress::parse(to).value(), port});
        if (::connect(m_socket.handle(), peer.get(), peer.length()) != 0) // hears from there alone
            qFatal("cannot connect");
    }
    bool ask(const std::string &text)
    {
        return ::send(m_socket.handle(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
    }
    std::string heard()
    {
        char space[8192];
        const ssize_t count = ::recv(m_socket.handle(), space, sizeof space, 0);
        return count < 0 ? "nothing" : std::string(space, static_cast<std::size_t>(count));
    }
    [[nodiscard]] Endpoint endpoint() const { return test::localEndpoint(m_socket.handle()); }

private:
    NativeSocket m_socket;
};

} // namespace

class UdpSocketTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void answersEachOnce();
    void knowsThePeer_data();
    void knowsThePeer();
    void silence();
    void sizes();
    void answersFromTheAddressAsked_data();
    void answersFromTheAddressAsked();
    void drainAnswersWhatHasArrived();
};

void UdpSocketTest::answersEachOnce()
{
    Echo echo;
    Client client("127.0.0.1", "127.0.0.1", echo.port);
    constexpr std::size_t kQuestions = UdpSocket::kBatch * 2 + 17;
    std::set<std::string> expected;
    for (std::size_t i = 0; i < kQuestions; ++i) {
        QVERIFY(client.ask(std::to_string(i)));
        expected.insert("[" + std::to_string(i) + "]");
    }
    echo.loop.turn(10s); // all of it in one turn, in three batches
    QCOMPARE(echo.batches, 3);
    QCOMPARE(echo.sizes.size(), kQuestions);
    for (std::size_t i = 0; i < kQuestions; ++i)
        QCOMPARE(expected.erase(client.heard()), std::size_t(1));
    QCOMPARE(client.heard(), std::string("nothing"));
}

void UdpSocketTest::knowsThePeer_data()
{
    QTest::addColumn<QByteArray>("from");
    QTest::addColumn<QByteArray>("to");
    QTest::newRow("IPv4") << QByteArray("127.0.0.1") << QByteArray("127.0.0.1");
    QTest::newRow("IPv6") << QByteArray("::1") << QByteArray("::1");
}

void UdpSocketTest::knowsThePeer()
{
    QFETCH(QByteArray, from);
    QFETCH(QByteArray, to);
    Echo echo(to.constData());
    Client client(from.constData(), to.constData(), echo.port);
    QVERIFY(client.ask("who am I"));
    echo.loop.turn(10s);
    QCOMPARE(echo.peers.size(), std::size_t(1));
    QVERIFY(echo.peers[0] == client.endpoint());
    QCOMPARE(client.heard(), std::string("[who am I]"));
}

void UdpSocketTest::silence()
{
    Echo echo;
    Client client("127.0.0.1", "127.0.0.1", echo.port);
    for (const char *question : {"", "silence", "speech"})
        QVERIFY(client.ask(question));
    echo.loop.turn(10s);
    QCOMPARE(echo.sizes, (std::vector<std::size_t>{0, 7, 6}));
    QCOMPARE(client.heard(), std::string("[speech]"));
    QCOMPARE(client.heard(), std::string("nothing"));
}

void UdpSocketTest::sizes()
{
    Echo echo;
    Client client("127.0.0.1", "127.0.0.1", echo.port);
    const std::string fits(UdpSocket::kLargestDatagram - 2, 'a');
    QVERIFY(client.ask(fits));
    QVERIFY(client.ask(std::string(UdpSocket::kLargestDatagram, 'b'))); // the largest that is taken
    QVERIFY(client.ask(std::string(UdpSocket::kLargestDatagram + 1, 'c')));
    QVERIFY(client.ask("after"));
    echo.loop.turn(10s);
    // What was cut off never gets to the handler.
    QCOMPARE(echo.sizes, (std::vector<std::size_t>{fits.size(), UdpSocket::kLargestDatagram, 5}));
    QCOMPARE(client.heard(), "[" + fits + "]");
    QCOMPARE(client.heard(), std::string("[after]"));
}

void UdpSocketTest::answersFromTheAddressAsked_data()
{
    QTest::addColumn<QByteArray>("bound");
    QTest::addColumn<QByteArray>("asked");
    QTest::newRow("one of many") << QByteArray("0.0.0.0") << QByteArray("127.0.0.53");
    QTest::newRow("the usual one") << QByteArray("0.0.0.0") << QByteArray("127.0.0.1");
    QTest::newRow("IPv6") << QByteArray("::") << QByteArray("::1");
}

void UdpSocketTest::answersFromTheAddressAsked()
{
    QFETCH(QByteArray, bound);
    QFETCH(QByteArray, asked);
    Echo echo(bound.constData());
    Client client(asked.contains(':') ? "::1" : "127.0.0.1", asked.constData(), echo.port);
    QVERIFY(client.ask("from where"));
    echo.loop.turn(10s);
    QCOMPARE(client.heard(), std::string("[from where]"));
}

void UdpSocketTest::drainAnswersWhatHasArrived()
{
    Echo echo;
    Client client("127.0.0.1", "127.0.0.1", echo.port);
    for (std::size_t i = 0; i < 100; ++i)
        QVERIFY(client.ask("x"));
    echo.socket.drain();
    QCOMPARE(echo.sizes.size(), std::size_t(100));
    for (std::size_t i = 0; i < 100; ++i)
        QCOMPARE(client.heard(), std::string("[x]"));
    QVERIFY(client.ask("late")); // to nobody
    echo.loop.turn(10ms);
    QCOMPARE(echo.sizes.size(), std::size_t(100));
    echo.socket.drain();
}

QTEST_APPLESS_MAIN(UdpSocketTest)
#include "udp_socket_test.moc"
