// SPDX-License-Identifier: GPL-3.0-or-later
// The HTTP server, files and proxy, with each operation in turn put off, cut to a byte or cancelled.
#include "engine/acceptor.h"
#include "engine/socket.h"
#include "engine/task_scope.h"
#include "http/server.h"
#include "interfering.h"
#include "snapshot/snapshot.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <memory>

using namespace mainstay;
using namespace mainstay::engine;
using namespace std::chrono_literals;
using mainstay::test::disturbEverywhere;
using mainstay::test::Ending;
using mainstay::test::Interfering;
using mainstay::test::numbered;

namespace {

constexpr std::string_view kSmall = "a small file\n";
constexpr std::string_view kQuestion = "hello, upstream";
constexpr std::string_view kAnswer = "HELLO, CLIENT!!";

const std::string &large()
{
    static const std::string kBytes = numbered(400'000);
    return kBytes;
}

// Large enough to pass through a pipe.
const std::string &passed()
{
    static const std::string kBytes = numbered(220'000);
    return kBytes;
}

// Answers the requests that end with the question, of which there are two, on one connection after the other.
Task<> answerAll(std::unique_ptr<Socket> socket, int &answered)
{
    Buffer buffer(socket->loop().buffers());
    for (;;) {
        const IoResult received = co_await socket->receive(buffer, 10s);
        if (!received.ok())
            co_return;
        if (!buffer.view().ends_with(kQuestion))
            continue;
        buffer.clear();
        const std::string_view body = answered++ == 0 ? kAnswer : std::string_view(passed());
        const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
        const IoResult sent = co_await socket->send(Pieces{{head, body}}, 10s);
        if (!sent.ok())
            co_return;
    }
}

// A server on a loop that nobody disturbs.
struct Upstream {
    Loop loop;
    TaskScope scope;
    int answered = 0;
    NativeSocket listening = test::listeningSocket();
    Endpoint endpoint = test::localEndpoint(listening.handle());
    Acceptor acceptor{loop, std::move(listening), [this](NativeSocket socket, const Endpoint &) {
                          scope.start(answerAll(std::make_unique<Socket>(loop, std::move(socket)), answered));
                      }};
};

// What a worker has.
struct Service {
    Loop loop;
    snapshot::Reader reader{0, [](const std::shared_ptr<const void> &) {}};
    std::shared_ptr<shared_state::ListenerCell> listenerCell = std::make_shared<shared_state::ListenerCell>("web", 1);
    std::shared_ptr<shared_state::ServerCell> serverCell = std::make_shared<shared_state::ServerCell>("api", "a", 0, 1);
    http::Server server{loop, reader, [](const std::shared_ptr<const void> &) {}};
    Endpoint endpoint;

    Service(Interfering &interfering, const std::string &root, const Endpoint &upstream) : loop(&interfering)
    {
        auto backend = std::make_shared<snapshot::Backend>();
        backend->name = "api";
        backend->servers.push_back({.id = "a", .config = {}, .endpoint = upstream, .cell = serverCell});
        backend->cell = std::make_shared<shared_state::BackendCell>("api", 1);
        snapshot::Route files;
        files.config.root = config::FilePath{root};
        snapshot::Route proxied;
        proxied.config.path = config::UrlPath{"/api/"};
        proxied.backend = backend;
        auto listener = std::make_shared<snapshot::HttpListener>();
        listener->name = "web";
        listener->hosts = snapshot::HostMap().with(
            "*", std::make_shared<snapshot::Site>("shop", config::SiteConfig{}, std::vector{files, proxied},
                                                  std::make_shared<shared_state::SiteCell>("shop", 1), 1));
        listener->cell = listenerCell;
        auto published = std::make_shared<snapshot::Snapshot>();
        published->httpListeners.emplace("web", listener);
        published->backends.push_back(backend);
        auto publication = std::make_shared<snapshot::Publication>();
        publication->snapshot = published;
        reader.adopt(publication);
        server.adopt();
        NativeSocket listening = test::listeningSocket();
        endpoint = test::localEndpoint(listening.handle());
        server.listen("web", "address", std::move(listening));
    }
};

std::string bodyAt(std::string_view answers, std::size_t &from)
{
    const std::size_t end = answers.find("\r\n\r\n", from);
    const std::size_t field = answers.find("Content-Length: ", from);
    if (!answers.substr(from).starts_with("HTTP/1.1 200 OK\r\n") || end == std::string_view::npos || field > end)
        return "no answer";
    const std::size_t length = std::stoul(std::string(answers.substr(field + 16, 10)));
    from = end + 4 + length;
    return std::string(answers.substr(end + 4, length));
}

} // namespace

class HttpInterferenceTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void filesAndProxy();

private:
    Ending exchange(Interfering &interfering) const;

    QTemporaryDir m_root;
};

void HttpInterferenceTest::initTestCase()
{
    ::signal(SIGPIPE, SIG_IGN); // sendfile() raises it; workers block it
    QVERIFY(m_root.isValid());
    const auto write = [this](const char *name, std::string_view bytes) {
        QFile file(m_root.filePath(QString::fromLatin1(name)));
        return file.open(QIODevice::WriteOnly) && file.write(bytes.data(), static_cast<qint64>(bytes.size())) > 0;
    };
    QVERIFY(write("small.txt", kSmall));
    QVERIFY(write("large.bin", large()));
}

// One connection: a small file, a request passed on, another over the kept connection with a large answer, a large
// file, the end.
Ending HttpInterferenceTest::exchange(Interfering &interfering) const
{
    Upstream upstream;
    Service service(interfering, m_root.path().toStdString(), upstream.endpoint);
    NativeSocket client = test::connectingSocket(service.endpoint);
    std::string requests = "GET /small.txt HTTP/1.1\r\nHost: a\r\n\r\n";
    for (int i = 0; i < 2; ++i)
        requests += "POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 15\r\n\r\n" + std::string(kQuestion);
    requests += "GET /large.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    std::string answers;
    bool asked = false;
    bool ended = false;
    const auto turnAll = [&] {
        upstream.loop.turn(0ms);
        service.loop.turn(1ms);
    };
    const SteadyTime patience = SteadyClock::now() + 20s;
    while (!ended && SteadyClock::now() < patience) {
        turnAll();
        if (!asked)
            asked = test::writeAll(client.handle(), requests);
        answers += test::readAvailable(client.handle());
        char byte = 0;
        ended = ::recv(client.handle(), &byte, 1, MSG_PEEK) == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
    }
    client.close();
    bool drained = false;
    service.server.drain([&drained] { drained = true; });
    while ((!drained || upstream.scope.running() > 0) && SteadyClock::now() < patience)
        turnAll();

    Ending ending;
    ending.clean = ended && drained && upstream.scope.running() == 0 && service.loop.buffers().leased() == 0 &&
                   upstream.loop.buffers().leased() == 0 && service.server.tasks().running() == 0 &&
                   service.listenerCell->open.load() == 0 && service.serverCell->inFlight() == 0;
    std::size_t at = 0;
    ending.right = bodyAt(answers, at) == kSmall && bodyAt(answers, at) == kAnswer && bodyAt(answers, at) == passed() &&
                   bodyAt(answers, at) == large() && at == answers.size();
    return ending;
}

void HttpInterferenceTest::filesAndProxy()
{
    disturbEverywhere([this](Interfering &interfering) { return exchange(interfering); });
}

QTEST_APPLESS_MAIN(HttpInterferenceTest)
#include "http_interference_test.moc"
