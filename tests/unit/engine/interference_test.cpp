// SPDX-License-Identifier: GPL-3.0-or-later
// Exchanges in which each operation in turn is put off, cut to a byte or cancelled, as a kernel or a deadline might.
#include "engine/acceptor.h"
#include "engine/socket.h"
#include "engine/task_scope.h"
#include "engine/tls_certificate_table.h"
#include "engine/tls_stream.h"
#include "interfering.h"
#include "support/tls_client.h"

#include <QTest>
#include <csignal>
#include <memory>

using namespace mainstay;
using namespace mainstay::engine;
using namespace std::chrono_literals;
using mainstay::test::disturbEverywhere;
using mainstay::test::Ending;
using mainstay::test::Interfering;
using mainstay::test::numbered;
using mainstay::test::runUntil;

namespace {

// Gives back what comes until the peer has ended its side.
Task<> echo(std::unique_ptr<Socket> socket)
{
    Buffer buffer(socket->loop().buffers());
    for (;;) {
        const IoResult received = co_await socket->receive(buffer, 10s);
        if (received.status == IoStatus::closed)
            socket->shutdownSend();
        if (!received.ok())
            co_return;
        const IoResult sent = co_await socket->send(buffer.view(), 10s);
        if (!sent.ok())
            co_return;
        buffer.clear();
    }
}

// The same without looking at it.
Task<> passBack(std::unique_ptr<Socket> socket)
{
    const PipePool::Lease pipe = socket->loop().pipes().take();
    while (pipe) {
        const IoResult received = co_await socket->receive(*pipe, 4096, 10s);
        if (received.status == IoStatus::closed)
            socket->shutdownSend();
        if (!received.ok())
            co_return;
        const IoResult sent = co_await socket->send(*pipe, 10s);
        if (!sent.ok())
            co_return;
    }
}

// Connects, says something in three pieces, hears it again and takes leave.
Task<> converse(Loop &loop, Endpoint peer, std::string text, bool &right)
{
    Socket socket(loop, Socket::startConnecting(peer));
    const IoResult connected = co_await socket.connected(10s);
    if (!connected.ok())
        co_return;
    const std::string_view all = text;
    const Pieces pieces{{all.substr(0, 10), all.substr(10, 1000), all.substr(1010)}};
    const IoResult sent = co_await socket.send(pieces, 10s);
    if (!sent.ok())
        co_return;
    Buffer buffer(loop.buffers());
    std::string heard;
    while (heard.size() < text.size()) {
        const IoResult received = co_await socket.receive(buffer, 10s);
        if (!received.ok())
            co_return;
        heard += buffer.view();
        buffer.clear();
    }
    socket.shutdownSend();
    const IoResult end = co_await socket.receive(buffer, 10s);
    right = end.status == IoStatus::closed && heard == text;
}

using Answerer = Task<> (*)(std::unique_ptr<Socket>);

Ending plainExchange(Interfering &interfering, Answerer answerer)
{
    static const std::string kText = numbered(5000);
    Loop loop(&interfering);
    TaskScope scope;
    NativeSocket listening = test::listeningSocket();
    const Endpoint endpoint = test::localEndpoint(listening.handle());
    Acceptor acceptor(loop, std::move(listening), [&](NativeSocket socket, const Endpoint &) {
        scope.start(answerer(std::make_unique<Socket>(loop, std::move(socket))));
    });
    Ending ending;
    scope.start(converse(loop, endpoint, kText, ending.right));
    ending.clean = runUntil(loop, [&scope] { return scope.running() == 0; });
    // A client that gave up may have left a connection in the queue.
    acceptor.drain();
    ending.clean &= runUntil(loop, [&scope] { return scope.running() == 0; }) && loop.buffers().leased() == 0;
    return ending;
}

// The client is OpenSSL's, driven by hand beside the loop.
Ending encryptedExchange(Interfering &interfering)
{
    static const TlsContext::Pointer kContext = TlsContext::make({}).value();
    static const auto kCertificates = [] {
        auto table = std::make_shared<TlsCertificateTable>();
        table->setDefault(test::makeCertificate({"www.example.org"}));
        return table;
    }();
    static const std::string kText = numbered(40'000); // three records
    Loop loop(&interfering);
    TaskScope scope;
    test::Connected ends;
    scope.start(echo(std::make_unique<TlsStream>(loop, std::move(ends.ours), kContext, kCertificates)));

    test::TlsClient client(ends.peer.handle());
    enum class Step : std::uint8_t { handshake, write, read, shutdown, end, done, failed };
    Step step = Step::handshake;
    std::string heard;
    const auto advance = [&](int error, Step next) {
        if (error == SSL_ERROR_NONE)
            step = next;
        else if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
            step = Step::failed;
    };
    const auto drive = [&] {
        switch (step) {
        case Step::handshake:
            return advance(client.handshake(), Step::write);
        case Step::write:
            return advance(client.write(kText), Step::read);
        case Step::read: {
            int error = SSL_ERROR_NONE;
            while (error == SSL_ERROR_NONE && heard.size() < kText.size())
                error = client.read(heard);
            return advance(error, Step::shutdown);
        }
        case Step::shutdown:
            return advance(client.shutdown(), Step::end);
        case Step::end: {
            const int error = client.read(heard);
            if (error != SSL_ERROR_WANT_READ)
                step = error == SSL_ERROR_ZERO_RETURN ? Step::done : Step::failed;
            return;
        }
        case Step::done:
        case Step::failed:
            ends.peer.close();
            return;
        }
    };
    Ending ending;
    ending.clean = runUntil(loop, [&] {
        drive();
        return !ends.peer.isOpen() && scope.running() == 0;
    });
    ending.clean &= loop.buffers().leased() == 0;
    ending.right = step == Step::done && heard == kText;
    return ending;
}

} // namespace

class InterferenceTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void plain();
    void piped();
    void encrypted();
};

void InterferenceTest::plain()
{
    disturbEverywhere([](Interfering &interfering) { return plainExchange(interfering, echo); });
}

void InterferenceTest::piped()
{
    ::signal(SIGPIPE, SIG_IGN); // splice() raises it; workers block it
    disturbEverywhere([](Interfering &interfering) { return plainExchange(interfering, passBack); });
}

void InterferenceTest::encrypted()
{
    Interfering quiet;
    encryptedExchange(quiet); // makes what is made once
    disturbEverywhere(encryptedExchange);
}

QTEST_APPLESS_MAIN(InterferenceTest)
#include "interference_test.moc"
