// SPDX-License-Identifier: GPL-3.0-or-later
// Listening sockets: every connection once, none lost by a drain, and patience when descriptors run out.
#include "engine/acceptor.h"
#include "loopback.h"

#include <QTest>
#include <sys/resource.h>
#include <vector>

using namespace mainstay;
using namespace mainstay::engine;
using namespace std::chrono_literals;
using mainstay::test::runUntil;

namespace {

struct Fixture {
    Loop loop;
    NativeSocket listening;
    Endpoint endpoint;
    std::vector<NativeSocket> accepted;
    std::vector<Endpoint> peers;
    Acceptor acceptor;

    Fixture() : Fixture(test::listeningSocket(1024)) {}
    explicit Fixture(NativeSocket socket)
        : endpoint(test::localEndpoint(socket.handle())),
          acceptor(loop, std::move(socket), [this](NativeSocket connection, const Endpoint &peer) {
              accepted.push_back(std::move(connection));
              peers.push_back(peer);
          })
    {}
    [[nodiscard]] std::vector<NativeSocket> connect(std::size_t count) const
    {
        std::vector<NativeSocket> clients(count);
        for (NativeSocket &client : clients)
            client = test::connectingSocket(endpoint);
        return clients;
    }
    bool accepts(std::size_t count)
    {
        return runUntil(loop, [this, count] { return accepted.size() >= count; });
    }
};

// Without descriptors to spare: accepts nothing, and does not spin meanwhile; then takes up again. 0 when right.
int withoutDescriptors()
{
    Fixture f;
    const auto clients = f.connect(3);
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = static_cast<rlim_t>(clients.back().handle()) + 2; // room for one
    ::setrlimit(RLIMIT_NOFILE, &limit);

    const SteadyTime end = SteadyClock::now() + 1s;
    while (SteadyClock::now() < end)
        f.loop.turn(1s);
    if (f.accepted.size() != 1)
        return 1;
    if (f.loop.counters().turns.value() > 100) // ten pauses of 100 ms
        return 2;
    f.accepted.clear();
    if (!f.accepts(1)) // the place that has become free
        return 3;
    limit.rlim_cur = before;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    return f.accepts(2) ? 0 : 4;
}

// A drain without descriptors ends, and ends for good.
int drainWithoutDescriptors()
{
    Fixture f;
    const auto clients = f.connect(3);
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = static_cast<rlim_t>(clients.back().handle()) + 1;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    f.acceptor.drain();
    const SteadyTime end = SteadyClock::now() + 300ms;
    while (SteadyClock::now() < end)
        f.loop.turn(1s);
    return f.accepted.empty() && f.loop.counters().turns.value() < 100 ? 0 : 1;
}

} // namespace

class AcceptorTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyConnectionOnce();
    void acceptedSocketsAreReady();
    void drainTakesWhatHasQueued();
    void drainTwice();
    void descriptorsRunOut();
    void drainWhenDescriptorsRanOut();
};

void AcceptorTest::everyConnectionOnce()
{
    Fixture f;
    const auto clients = f.connect(100); // more than one turn takes
    QVERIFY(f.accepts(100));
    f.loop.turn(0ms);
    QCOMPARE(f.accepted.size(), std::size_t(100));
    for (std::size_t i = 0; i < clients.size(); ++i)
        QVERIFY(f.peers[i] == test::localEndpoint(clients[i].handle()));
}

void AcceptorTest::acceptedSocketsAreReady()
{
    Fixture f;
    const auto clients = f.connect(1);
    QVERIFY(f.accepts(1));
    char byte = 0;
    QCOMPARE(::recv(f.accepted[0].handle(), &byte, 1, 0), -1);
    QVERIFY(errno == EAGAIN || errno == EWOULDBLOCK); // non-blocking
}

void AcceptorTest::drainTakesWhatHasQueued()
{
    Fixture f;
    const auto clients = f.connect(40);
    f.acceptor.drain();
    QCOMPARE(f.accepted.size(), std::size_t(40));

    const NativeSocket late = test::connectingSocket(f.endpoint);
    f.loop.turn(10ms);
    QCOMPARE(f.accepted.size(), std::size_t(40));
    char byte = 0;
    QCOMPARE(::recv(late.handle(), &byte, 1, 0), -1);
    QCOMPARE(errno, ECONNREFUSED);
}

void AcceptorTest::drainTwice()
{
    Fixture f;
    f.acceptor.drain();
    f.acceptor.drain();
    QVERIFY(f.accepted.empty());
}

void AcceptorTest::descriptorsRunOut()
{
    const int status = test::statusOfChild(withoutDescriptors);
    QVERIFY(WIFEXITED(status));
    QCOMPARE(WEXITSTATUS(status), 0);
}

void AcceptorTest::drainWhenDescriptorsRanOut()
{
    const int status = test::statusOfChild(drainWithoutDescriptors);
    QVERIFY(WIFEXITED(status));
    QCOMPARE(WEXITSTATUS(status), 0);
}

QTEST_APPLESS_MAIN(AcceptorTest)
#include "acceptor_test.moc"
