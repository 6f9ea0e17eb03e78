// SPDX-License-Identifier: GPL-3.0-or-later
// TCP sockets over loopback, the peer driven by hand: what completes an operation, and with what.
#include "engine/socket.h"
#include "engine/task_scope.h"
#include "loopback.h"

#include <QTest>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <vector>

using namespace mainstay;
using namespace mainstay::engine;
using namespace std::chrono_literals;
using mainstay::test::Connected;
using mainstay::test::numbered;
using mainstay::test::readAvailable;
using mainstay::test::runUntil;
using mainstay::test::writeAll;

namespace {

using Outcome = std::optional<IoResult>;

Task<> receiveInto(Socket &socket, Buffer &buffer, Milliseconds timeout, Outcome &outcome)
{
    outcome = co_await socket.receive(buffer, timeout);
}

Task<> sendFrom(Socket &socket, Pieces pieces, FileRange file, Milliseconds timeout, Outcome &outcome)
{
    outcome = co_await socket.send(pieces, file, timeout);
}

Task<> connectThrough(Socket &socket, Milliseconds timeout, Outcome &outcome)
{
    outcome = co_await socket.connected(timeout);
}

// Our end of a connection, with room for one operation each way.
struct Fixture {
    Loop loop;
    Connected ends;
    std::unique_ptr<Socket> socket = std::make_unique<Socket>(loop, std::move(ends.ours));
    Buffer buffer{loop.buffers()};
    TaskScope scope;
    Outcome received;
    Outcome sent;

    [[nodiscard]] int peer() const { return ends.peer.handle(); }
    void receive(Milliseconds timeout = 10s)
    {
        received.reset();
        scope.start(receiveInto(*socket, buffer, timeout, received));
    }
    void send(const Pieces &pieces, const FileRange &file = {}, Milliseconds timeout = 10s)
    {
        sent.reset();
        scope.start(sendFrom(*socket, pieces, file, timeout, sent));
    }
    bool completes(const Outcome &outcome)
    {
        return runUntil(loop, [&outcome] { return outcome.has_value(); });
    }
};

// A file that has no name any more.
class TemporaryFile {
public:
    explicit TemporaryFile(std::string_view content)
    {
        char name[] = "/tmp/mainstay-socket-test-XXXXXX";
        m_file = NativeSocket(::mkstemp(name));
        ::unlink(name);
        if (::write(m_file.handle(), content.data(), content.size()) != static_cast<ssize_t>(content.size()))
            qFatal("cannot write");
    }
    [[nodiscard]] int handle() const { return m_file.handle(); }

private:
    NativeSocket m_file; // closes any descriptor
};

} // namespace

class SocketTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();

    void receivesWhatComes();
    void anIdleReceiveHoldsNoBlock();
    void receivesUpToTheRoom();
    void endAfterData();
    void endIsToldAgain();
    void halfClose();
    void resetByThePeer();
    void resetOnClose();
    void receiveDeadline();
    void receiveCancelled();
    void abortedForGood();
    void aHangUpCancelsWhatItConcerns();
    void bothDirectionsAtOnce();
    void sendsPieces();
    void sendsNothing();
    void sendsMoreThanFits();
    void sendDeadlineBeginsAnew();
    void sendDeadline();
    void sendCancelled();
    void sendToAPeerThatIsGone();
    void sendsAFileAfterThePieces();
    void aFileThatEndsEarly();
    void hasNews();
    void connects();
    void connectionRefused();
    void connectDeadline();
    void aSocketThatCouldNotBeMade();
};

void SocketTest::initTestCase()
{
    ::signal(SIGPIPE, SIG_IGN);
} // sendfile() raises it; workers block it

void SocketTest::receivesWhatComes()
{
    Fixture f;
    f.receive();
    QVERIFY(!f.received);
    QVERIFY(writeAll(f.peer(), "one"));
    QVERIFY(f.completes(f.received));
    QVERIFY(f.received->ok());
    QCOMPARE(f.received->bytes, std::size_t(3));
    QVERIFY(writeAll(f.peer(), "two"));
    f.receive();
    QVERIFY(f.completes(f.received));
    QCOMPARE(std::string(f.buffer.view()), std::string("onetwo"));
}

void SocketTest::anIdleReceiveHoldsNoBlock()
{
    Fixture f;
    f.receive();
    f.loop.turn(0ms);
    f.loop.turn(0ms);
    QCOMPARE(f.loop.buffers().leased(), std::size_t(0));
    QVERIFY(writeAll(f.peer(), "x"));
    QVERIFY(f.completes(f.received));
    QCOMPARE(f.loop.buffers().leased(), std::size_t(1));
}

void SocketTest::receivesUpToTheRoom()
{
    Fixture f;
    const std::string text = numbered(10'000);
    f.buffer.append(std::string(kBlockSize - 4000, '-'));
    QVERIFY(writeAll(f.peer(), text));
    f.receive();
    QVERIFY(f.completes(f.received));
    QCOMPARE(f.received->bytes, std::size_t(4000));
    QVERIFY(f.buffer.isFull());
    f.buffer.clear();
    f.receive(); // no new report of the system is needed
    QVERIFY(f.completes(f.received));
    QCOMPARE(std::string(f.buffer.view()), text.substr(4000));
}

void SocketTest::endAfterData()
{
    Fixture f;
    QVERIFY(writeAll(f.peer(), "last words"));
    f.ends.peer.close();
    f.loop.turn(0ms);
    f.receive();
    QVERIFY(f.completes(f.received));
    QCOMPARE(std::string(f.buffer.view()), std::string("last words"));
    f.receive();
    QVERIFY(f.completes(f.received));
    QCOMPARE(f.received->status, IoStatus::closed);
    QCOMPARE(f.received->bytes, std::size_t(0));
}

void SocketTest::endIsToldAgain()
{
    Fixture f;
    f.receive();
    f.loop.turn(0ms);
    f.ends.peer.close();
    QVERIFY(f.completes(f.received));
    QCOMPARE(f.received->status, IoStatus::closed);
    f.receive();
    QVERIFY(f.completes(f.received));
    QCOMPARE(f.received->status, IoStatus::closed);
    QCOMPARE(f.loop.buffers().leased(), std::size_t(0));
}

void SocketTest::halfClose()
{
    Fixture f;
    ::shutdown(f.peer(), SHUT_WR);
    f.receive();
    QVERIFY(f.completes(f.received));
    QCOMPARE(f.received->status, IoStatus::closed);
    f.send(Pieces{{"still here"}});
    QVERIFY(f.completes(f.sent));
    QVERIFY(f.sent->ok());
    QCOMPARE(readAvailable(f.peer()), std::string("still here"));

    f.socket->shutdownSend();
    char byte = 0;
    QCOMPARE(::recv(f.peer(), &byte, 1, 0), 0);
}

void SocketTest::resetByThePeer()
{
    Fixture f;
    f.receive();
    f.loop.turn(0ms);
    const linger immediate{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(f.peer(), SOL_SOCKET, SO_LINGER, &immediate, sizeof immediate);
    f.ends.peer.close();
    QVERIFY(f.completes(f.received));
    QCOMPARE(f.received->status, IoStatus::failed);
    f.send(Pieces{{"anyone?"}});
    QVERIFY(f.completes(f.sent));
    QCOMPARE(f.sent->status, IoStatus::failed);
}

void SocketTest::resetOnClose()
{
    Fixture f;
    f.socket->resetOnClose();
    f.socket.reset();
    char byte = 0;
    QCOMPARE(::recv(f.peer(), &byte, 1, 0), -1);
    QCOMPARE(errno, ECONNRESET);
}

void SocketTest::receiveDeadline()
{
    Fixture f;
    f.loop.turn(0ms);
    const SteadyTime begun = SteadyClock::now();
    f.receive(100ms);
    QVERIFY(f.completes(f.received));
    QCOMPARE(f.received->status, IoStatus::timedOut);
    QVERIFY(SteadyClock::now() - begun >= 99ms);
    QCOMPARE(f.loop.buffers().leased(), std::size_t(0));

    QVERIFY(writeAll(f.peer(), "late")); // the socket is as good as before
    f.receive();
    QVERIFY(f.completes(f.received));
    QCOMPARE(std::string(f.buffer.view()), std::string("late"));
}

void SocketTest::receiveCancelled()
{
    Fixture f;
    f.socket->cancel(); // nothing waits
    f.receive();
    f.loop.post([&f] { f.socket->cancelReceive(); });
    f.loop.turn(10s);
    QVERIFY(f.received); // in the same turn
    QCOMPARE(f.received->status, IoStatus::cancelled);
    QVERIFY(writeAll(f.peer(), "x"));
    f.receive();
    QVERIFY(f.completes(f.received));
    QVERIFY(f.received->ok());
}

void SocketTest::abortedForGood()
{
    Fixture f;
    f.receive();
    f.socket->abort();
    QVERIFY(f.completes(f.received));
    QCOMPARE(f.received->status, IoStatus::cancelled);
    QVERIFY(f.socket->isAborted());
    QVERIFY(writeAll(f.peer(), "x"));
    f.receive();
    f.send(Pieces{{"y"}});
    QCOMPARE(f.received->status, IoStatus::cancelled); // at once
    QCOMPARE(f.sent->status, IoStatus::cancelled);
}

void SocketTest::aHangUpCancelsWhatItConcerns()
{
    Fixture f;
    Fixture client;
    client.socket = std::make_unique<Socket>(f.loop, NativeSocket(::dup(client.socket->handle())));
    client.socket->cancelOnHangUp(f.socket.get());
    f.receive();
    QVERIFY(writeAll(client.peer(), "more"));
    QVERIFY(runUntil(f.loop, [&client] { return client.socket->hasNews(); }));
    QVERIFY(!f.received && !client.socket->hasHungUp());
    // With bytes before its end it has not left.
    ::shutdown(client.peer(), SHUT_WR);
    for (int i = 0; i < 10; ++i)
        f.loop.turn(1ms);
    QVERIFY(!f.received && !client.socket->hasHungUp());
    test::readAvailable(client.socket->handle());
    QVERIFY(client.socket->hasHungUp());
    client.ends.peer.close();

    Fixture other;
    other.socket = std::make_unique<Socket>(f.loop, NativeSocket(::dup(other.socket->handle())));
    other.socket->cancelOnHangUp(f.socket.get());
    other.ends.peer.close();
    QVERIFY(f.completes(f.received));
    QCOMPARE(f.received->status, IoStatus::cancelled);
    QVERIFY(other.socket->hasHungUp());
}

void SocketTest::bothDirectionsAtOnce()
{
    Fixture f;
    const std::string large = numbered(4 << 20);
    f.receive(60s);
    f.send(Pieces{{large}});
    std::string taken;
    QVERIFY(runUntil(f.loop, [&] {
        taken += readAvailable(f.peer());
        return f.sent.has_value();
    }));
    QVERIFY(f.sent->ok());
    QVERIFY(!f.received);
    QVERIFY(writeAll(f.peer(), "now"));
    QVERIFY(f.completes(f.received));
    QCOMPARE(std::string(f.buffer.view()), std::string("now"));
}

void SocketTest::sendsPieces()
{
    Fixture f;
    f.send(Pieces{{"a", "", "bc"}});
    QVERIFY(f.sent); // at once, with no turn of the loop
    QVERIFY(f.sent->ok());
    QCOMPARE(f.sent->bytes, std::size_t(3));
    f.send(Pieces{{"", "d", ""}});
    QVERIFY(f.sent);
    QCOMPARE(readAvailable(f.peer()), std::string("abcd"));

    Pieces pieces{{"one", "two", "three"}};
    pieces.consume(4);
    QCOMPARE(pieces.size(), std::size_t(7));
    QCOMPARE(pieces.parts[1], std::string_view("wo"));
    pieces.consume(7);
    QCOMPARE(pieces.size(), std::size_t(0));
}

void SocketTest::sendsNothing()
{
    Fixture f;
    f.send(Pieces{});
    QVERIFY(f.sent);
    QVERIFY(f.sent->ok());
    QCOMPARE(f.sent->bytes, std::size_t(0));
}

void SocketTest::sendsMoreThanFits()
{
    Fixture f;
    const std::string head = numbered(100'000);
    const std::string body = numbered(12 << 20);
    f.send(Pieces{{head, "|", body}});
    QVERIFY(!f.sent);
    std::string taken;
    QVERIFY(runUntil(f.loop, [&] {
        taken += readAvailable(f.peer());
        return f.sent && taken.size() >= f.sent->bytes;
    }));
    QVERIFY(f.sent->ok());
    QCOMPARE(f.sent->bytes, head.size() + 1 + body.size());
    QVERIFY(taken == head + "|" + body);
}

void SocketTest::sendDeadlineBeginsAnew()
{
    // The peer takes a mebibyte every 300 ms: far too long for the timeout in all, never at once.
    Fixture f;
    const int little = 128 << 10; // so that each mebibyte makes room in what is sent, whatever the system's buffers are
    QCOMPARE(::setsockopt(f.socket->handle(), SOL_SOCKET, SO_SNDBUF, &little, sizeof little), 0);
    const std::string large = numbered(24 << 20);
    const SteadyTime begun = SteadyClock::now();
    f.send(Pieces{{large}}, {}, 1s);
    QVERIFY(!f.sent);
    SteadyTime next = begun + 300ms;
    int slowSteps = 5;
    std::vector<char> space(1 << 20);
    QVERIFY(runUntil(f.loop, [&] {
        if (slowSteps == 0) {
            readAvailable(f.peer());
        } else if (SteadyClock::now() >= next) {
            for (std::size_t taken = 0; taken < space.size();) {
                const ssize_t count = ::recv(f.peer(), space.data(), space.size() - taken, 0);
                if (count <= 0)
                    break;
                taken += static_cast<std::size_t>(count);
            }
            next += 300ms;
            --slowSteps;
        }
        return f.sent.has_value();
    }));
    QVERIFY(f.sent->ok());
    QVERIFY(SteadyClock::now() - begun > 1s);
}

void SocketTest::sendDeadline()
{
    Fixture f;
    const std::string large = numbered(16 << 20);
    f.loop.turn(0ms);
    const SteadyTime begun = SteadyClock::now();
    f.send(Pieces{{large}}, {}, 100ms);
    QVERIFY(f.completes(f.sent));
    QCOMPARE(f.sent->status, IoStatus::timedOut);
    QVERIFY(SteadyClock::now() - begun >= 99ms);
    QVERIFY(f.sent->bytes > 0);
    QVERIFY(f.sent->bytes < large.size());
    QCOMPARE(readAvailable(f.peer()).size(), f.sent->bytes); // exactly what it says
}

void SocketTest::sendCancelled()
{
    Fixture f;
    const std::string large = numbered(16 << 20);
    f.send(Pieces{{large}});
    QVERIFY(!f.sent);
    f.loop.post([&f] { f.socket->cancelSend(); });
    QVERIFY(f.completes(f.sent));
    QCOMPARE(f.sent->status, IoStatus::cancelled);
    QVERIFY(f.sent->bytes > 0);
}

void SocketTest::sendToAPeerThatIsGone()
{
    Fixture f;
    const std::string large = numbered(16 << 20);
    f.send(Pieces{{large}});
    f.ends.peer.close(); // with bytes unread: a reset
    QVERIFY(f.completes(f.sent));
    QCOMPARE(f.sent->status, IoStatus::failed);
}

void SocketTest::sendsAFileAfterThePieces()
{
    Fixture f;
    const std::string content = numbered(3 << 20);
    const TemporaryFile file(content);
    f.send(Pieces{{"head ", "more "}}, {file.handle(), 1000, content.size() - 1500});
    std::string taken;
    QVERIFY(runUntil(f.loop, [&] {
        taken += readAvailable(f.peer());
        return f.sent && taken.size() >= f.sent->bytes;
    }));
    QVERIFY(f.sent->ok());
    QVERIFY(taken == "head more " + content.substr(1000, content.size() - 1500));
    QCOMPARE(f.sent->bytes, taken.size());
}

void SocketTest::aFileThatEndsEarly()
{
    Fixture f;
    const TemporaryFile file("short");
    f.send(Pieces{{"head "}}, {file.handle(), 0, 100});
    QVERIFY(f.completes(f.sent));
    QCOMPARE(f.sent->status, IoStatus::failed);
    QCOMPARE(f.sent->bytes, std::size_t(10));
}

void SocketTest::hasNews()
{
    Fixture f;
    f.loop.turn(0ms);
    QVERIFY(!f.socket->hasNews());
    QVERIFY(writeAll(f.peer(), "unasked"));
    QVERIFY(runUntil(f.loop, [&f] { return f.socket->hasNews(); }));
    f.receive();
    QVERIFY(f.completes(f.received));
    QVERIFY(!f.socket->hasNews()); // a short read: drained
    f.ends.peer.close();
    QVERIFY(runUntil(f.loop, [&f] { return f.socket->hasNews(); }));
}

void SocketTest::connects()
{
    const NativeSocket listening = test::listeningSocket();
    Loop loop;
    Socket socket(loop, Socket::startConnecting(test::localEndpoint(listening.handle())));
    TaskScope scope;
    Outcome outcome;
    scope.start(connectThrough(socket, 10s, outcome));
    QVERIFY(runUntil(loop, [&outcome] { return outcome.has_value(); }));
    QVERIFY(outcome->ok());
    NativeSocket peer(::accept4(listening.handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    Outcome sent;
    scope.start(sendFrom(socket, Pieces{{"hello"}}, {}, 10s, sent));
    QVERIFY(sent && sent->ok());
    QCOMPARE(readAvailable(peer.handle()), std::string("hello"));
}

void SocketTest::connectionRefused()
{
    const NativeSocket bound = test::boundSocket(SOCK_STREAM); // and not listening
    Loop loop;
    Socket socket(loop, Socket::startConnecting(test::localEndpoint(bound.handle())));
    TaskScope scope;
    Outcome outcome;
    scope.start(connectThrough(socket, 10s, outcome));
    QVERIFY(runUntil(loop, [&outcome] { return outcome.has_value(); }));
    QCOMPARE(outcome->status, IoStatus::failed);
}

void SocketTest::connectDeadline()
{
    // A full backlog leaves further connections waiting.
    const NativeSocket listening = test::listeningSocket(0);
    const Endpoint endpoint = test::localEndpoint(listening.handle());
    std::array<NativeSocket, 3> others;
    for (NativeSocket &other : others)
        other = test::connectingSocket(endpoint);
    Loop loop;
    Socket socket(loop, Socket::startConnecting(endpoint));
    TaskScope scope;
    Outcome outcome;
    loop.turn(0ms);
    scope.start(connectThrough(socket, 100ms, outcome));
    QVERIFY(runUntil(loop, [&outcome] { return outcome.has_value(); }));
    QCOMPARE(outcome->status, IoStatus::timedOut);
}

void SocketTest::aSocketThatCouldNotBeMade()
{
    Loop loop;
    Socket socket(loop, NativeSocket());
    TaskScope scope;
    Buffer buffer(loop.buffers());
    Outcome connected;
    Outcome received;
    Outcome sent;
    scope.start(connectThrough(socket, 10s, connected));
    scope.start(receiveInto(socket, buffer, 10s, received));
    scope.start(sendFrom(socket, Pieces{{"x"}}, {}, 10s, sent));
    for (const Outcome &outcome : {connected, received, sent}) {
        QVERIFY(outcome);
        QCOMPARE(outcome->status, IoStatus::failed);
    }
}

QTEST_APPLESS_MAIN(SocketTest)
#include "socket_test.moc"
