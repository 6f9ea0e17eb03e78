// SPDX-License-Identifier: GPL-3.0-or-later
// HTTP over real sockets on a loop that puts operations off, cuts them short and cancels them at every point.
#include "engine/interference.h"
#include "http_service.h"

#include <algorithm>
#include <regex>

using namespace mainstay;
using tests::Client;
using tests::Origin;
using tests::Service;

namespace {

class Meddler final : public engine::Interference {
public:
    bool defers = false;
    std::size_t most = SIZE_MAX; // bytes an attempt may move
    int cancelAt = -1;           // the number of an attempt
    int attempts = 0;

    Verdict onAttempt(engine::OperationKind /*kind*/) override
    {
        const int number = attempts++;
        if (number == cancelAt)
            return Verdict::cancel;
        return defers && number % 2 == 0 ? Verdict::defer : Verdict::proceed;
    }
    std::size_t limit(engine::OperationKind /*kind*/, std::size_t wanted) override { return std::min(wanted, most); }
};

std::string ok(const std::string &body)
{
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string chunkedOk()
{
    return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n0\r\nTrailer: x\r\n\r\n";
}

std::string answerApp(const std::string &request)
{
    if (request.starts_with("GET /app/chunked "))
        return chunkedOk();
    if (request.starts_with("GET /app/early "))
        return "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok("late");
    // The letters of the body: how it was cut into chunks is not the question.
    const auto letters = std::count_if(request.begin() + static_cast<std::ptrdiff_t>(request.find("\r\n\r\n")),
                                       request.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    return ok(request.substr(0, request.find(' ')) + std::to_string(letters));
}

// Something of everything, in one connection.
const std::string kScript =
    "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"
    "GET /app/ HTTP/1.1\r\nHost: a\r\n\r\n"
    "POST /app/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
    "PUT /app/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
    "GET /app/chunked HTTP/1.1\r\nHost: a\r\n\r\n"
    "GET /app/early HTTP/1.1\r\nHost: a\r\n\r\n"
    "HEAD /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"
    "GET /missing HTTP/1.1\r\nHost: a\r\n\r\n"
    "GET /a.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=1-2\r\nConnection: close\r\n\r\n";

std::string withoutDates(const std::string &text)
{
    return std::regex_replace(text, std::regex("(Date|Last-Modified|ETag): [^\r]*\r\n"), "");
}

std::string runScript(Meddler *meddler)
{
    Origin origin(answerApp);
    Service service({&origin}, meddler);
    Client client(service);
    client.send(kScript);
    return withoutDates(client.receive());
}

std::size_t countOf(const std::string &text, const std::string &part)
{
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++count;
    return count;
}

} // namespace

class ServerTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theScript()
    {
        const std::string plain = runScript(nullptr);
        QCOMPARE(countOf(plain, "HTTP/1.1 200 OK\r\n"), std::size_t{7});
        for (const char *part :
             {"\r\n\r\nhello", "\r\n\r\nGET0", "\r\n\r\nPOST5", "\r\n\r\nPUT5", "four\r\n0\r\n\r\n",
              "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", "\r\n\r\nlate", "404 Not Found", "206 Partial Content"})
            QVERIFY2(plain.find(part) != std::string::npos, part);
        QVERIFY(plain.ends_with("Connection: close\r\n\r\nel"));
    }

    void theSameHoweverOperationsAreCut_data()
    {
        QTest::addColumn<bool>("defers");
        QTest::addColumn<int>("most");
        for (const bool defers : {false, true}) {
            for (const int most : {1, 2, 7, 100, 100'000})
                QTest::addRow("%s %d", defers ? "deferred" : "at once", most) << defers << most;
        }
    }
    void theSameHoweverOperationsAreCut()
    {
        QFETCH(bool, defers);
        QFETCH(int, most);
        Meddler meddler;
        meddler.defers = defers;
        meddler.most = static_cast<std::size_t>(most);
        // Chunks follow the pieces that came, so what is compared is what they hold.
        const auto joined = [](const std::string &text) {
            return std::regex_replace(text, std::regex("[0-9a-f]+\r\n([four]+)\r\n(?=[0-9])"), "$1");
        };
        QCOMPARE(QByteArray::fromStdString(joined(runScript(&meddler))),
                 QByteArray::fromStdString(joined(runScript(nullptr))));
    }

    // Whatever operation fails: every request is answered at most once, nothing hangs, leaks or is used after its end.
    void cancelledAtEveryPoint_data()
    {
        QTest::addColumn<bool>("defers");
        QTest::addColumn<int>("most");
        QTest::newRow("at once") << false << 100'000;
        QTest::newRow("deferred") << true << 100'000;
        QTest::newRow("in pieces") << false << 40;
    }
    void cancelledAtEveryPoint()
    {
        QFETCH(bool, defers);
        QFETCH(int, most);
        // The first time nothing is cancelled, to learn how many points there are.
        int attempts = 0;
        for (int at = -1; at < attempts; ++at) {
            Meddler meddler;
            meddler.defers = defers;
            meddler.most = static_cast<std::size_t>(most);
            meddler.cancelAt = at;
            Origin origin(answerApp);
            {
                Service service({&origin}, &meddler);
                Client client(service);
                client.send(kScript);
                client.receive();
                QVERIFY(service.end(50));
                QCOMPARE(service.loop.buffers().leased(), std::size_t{0});
                QCOMPARE(service.cell->open.load(), 0u);
                const shared_state::Traffic &app = service.backend.cell->traffic[0];
                QCOMPARE(app.inFlight.value(), std::uint64_t{0});
                QCOMPARE(service.backend.servers[0].cell->inFlight(), 0u);
                QVERIFY(service.siteCell->traffic[0].requests.value() <= 9);
            }
            attempts = std::max(attempts, meddler.attempts);
        }
        QVERIFY(attempts > 20);
    }

    // The end may come at any moment and does not wait for anybody.
    void abortedAtEveryTurn()
    {
        for (int turns = 0; turns < 60; ++turns) {
            Meddler meddler;
            meddler.most = 300;
            Origin origin(answerApp);
            Service service({&origin}, &meddler);
            Client client(service);
            Client other(service);
            client.send(kScript);
            other.send("POST /app/ HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\nsome");
            for (int i = 0; i < turns; ++i)
                service.turn();
            QVERIFY(service.end(20));
            QCOMPARE(service.loop.buffers().leased(), std::size_t{0});
        }
    }

    void drainingFinishesWhatIsUnderWay()
    {
        Origin origin(answerApp);
        Service service({&origin});
        Client idle(service);
        idle.send("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
        idle.receive();
        QVERIFY(!idle.isEnded());
        Client busy(service);
        busy.send("POST /app/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
        busy.receive();
        bool drained = false;
        service.server.drain([&drained] { drained = true; });
        idle.receive();
        QVERIFY(idle.isEnded());
        QVERIFY(!drained);
        busy.send("llo");
        QVERIFY(busy.receive().ends_with("POST5"));
        QVERIFY(busy.receive().find("Connection: close\r\n") != std::string::npos);
        QVERIFY(busy.isEnded());
        QVERIFY(drained);
    }

    void drainingAnswersWhatHasCome()
    {
        Service service;
        Client client(service);
        client.send("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
        client.receive();
        client.send("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"); // which the loop has not looked at
        service.server.drain([] {});
        QCOMPARE(countOf(client.receive(), "hello"), std::size_t{2});
        QVERIFY(client.isEnded());
    }

    // Nobody waits for the answer any more.
    void aClientThatLeavesWhileItWaits()
    {
        for (const char *request : {"GET /app/ HTTP/1.1\r\nHost: a\r\n\r\n",
                                    "POST /app/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"}) {
            Origin origin([](const std::string &) { return Origin::kSilence; });
            Service service({&origin});
            Client client(service);
            client.send(request);
            client.receive(20);
            QTest::qWait(1100);
            QCOMPARE(service.backend.cell->traffic[0].inFlight.value(), std::uint64_t{1});
            client.close();
            for (int i = 0; i < 20; ++i)
                service.turn();
            QCOMPARE(service.backend.cell->traffic[0].inFlight.value(), std::uint64_t{0});
            QCOMPARE(service.backend.cell->traffic[0].errors.value(), std::uint64_t{0});
            QCOMPARE(service.siteCell->traffic[0].statuses[0].value(), std::uint64_t{1});
            QCOMPARE(origin.open(), std::size_t{0});
            QCOMPARE(service.cell->open.load(), 0u);
        }
    }

    void aClientThatHasSentAllItsRequestsIsAnswered()
    {
        bool isReady = false;
        Origin origin([&isReady](const std::string &request) {
            return isReady ? answerApp(request) : std::string(Origin::kSilence);
        });
        {
            Service service({&origin});
            Client client(service);
            client.send("GET /app/ HTTP/1.1\r\nHost: a\r\n\r\n");
            client.receive(20); // it waits
            client.finish();
            client.receive(20);
            QCOMPARE(service.backend.cell->traffic[0].inFlight.value(), std::uint64_t{1});
        }
        isReady = true;
        Service service({&origin});
        Client client(service);
        client.send("GET /app/ HTTP/1.1\r\nHost: a\r\n\r\nGET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
        client.finish();
        const std::string &answers = client.receive();
        QVERIFY(answers.find("GET0") != std::string::npos);
        QVERIFY(answers.ends_with("hello"));
        QVERIFY(client.isEnded());
    }

    // Chunks that came with the head can be sent to another server.
    void aChunkedRequestIsTriedAgain()
    {
        Origin closes([](const std::string &) { return std::string(); });
        Origin answers(answerApp);
        Service service({&closes, &answers});
        for (int i = 0; i < 4; ++i) {
            Client client(service);
            client.send("PUT /app/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
            QVERIFY(client.receive(50).ends_with("PUT5"));
        }
        QVERIFY(closes.connections() > 0);
    }

    // For an app, a body is at hand before its request goes out, however it comes; and the servers are those of then.
    void aBodyIsGatheredFirst()
    {
        Origin closes([](const std::string &) { return std::string(); });
        Origin answers(answerApp);
        Service service({&closes, &answers});
        service.backend.buffers = true;
        service.publish();
        for (const char *body :
             {"Content-Length: 5\r\n\r\n|hel|lo", "Transfer-Encoding: chunked\r\n\r\n|5\r\nhel|lo\r\n0\r\n\r\n",
              "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n|hello"}) {
            for (int i = 0; i < 4; ++i) {
                const std::size_t before = closes.connections() + answers.connections();
                Client client(service);
                client.send("PUT /app/ HTTP/1.1\r\nHost: a\r\n");
                for (const QByteArray &part : QByteArray(body).split('|')) {
                    client.receive(20);
                    QCOMPARE(closes.connections() + answers.connections(), before);
                    client.send(part.toStdString());
                }
                QVERIFY(client.receive(50).ends_with("PUT5"));
                answers.closeAll(); // so that each makes one of its own
                client.close();
                client.receive(20);
            }
        }
        QVERIFY(closes.connections() > 0);

        Client late(service);
        late.send("PUT /app/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
        late.receive(20);
        const auto servers = std::exchange(service.backend.servers, {});
        service.backend.servers.push_back(servers[1]);
        service.publish();
        const std::size_t before = closes.connections();
        late.send("lo");
        QVERIFY(late.receive(50).ends_with("PUT5"));
        QCOMPARE(closes.connections(), before);
    }

    void aLargeBodyIsPassedOnAsItComes()
    {
        Origin origin(answerApp);
        Service service({&origin});
        service.backend.buffers = true;
        service.publish();
        Client client(service);
        client.send("PUT /app/ HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
        client.send(std::string(50'000, 'x'));
        client.receive(20);
        QCOMPARE(origin.connections(), std::size_t{0});
        client.send(std::string(30'000, 'x'));
        client.receive(20);
        QCOMPARE(origin.connections(), std::size_t{1});
        client.send(std::string(20'000, 'x'));
        QVERIFY(client.receive(50).ends_with("PUT100000"));
    }

    void connectionsOfAListenerThatIsGoneHaveTimeToEnd()
    {
        Origin origin([](const std::string &) { return Origin::kSilence; });
        Service service({&origin});
        Client idle(service);
        idle.send("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
        idle.receive(20);
        Client busy(service);
        busy.send("GET /app/ HTTP/1.1\r\nHost: a\r\n\r\n");
        busy.receive(20);
        service.drainTimeout = Milliseconds(200);
        service.publish(false);
        idle.receive(20);
        busy.receive(20);
        QVERIFY(!idle.isEnded() && !busy.isEnded());
        QVERIFY(QTest::qWaitFor([&] { return idle.receive(1), busy.receive(1), idle.isEnded() && busy.isEnded(); }));
        QCOMPARE(service.cell->open.load(), 0u);
        QCOMPARE(origin.open(), std::size_t{0});
    }

    void aPublishGoesUnnoticedByRequestsUnderWay()
    {
        Origin origin(answerApp);
        Service service({&origin});
        Client client(service);
        client.send("POST /app/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
        client.receive();
        for (int i = 0; i < 3; ++i) {
            service.publish();
            service.released.clear();
        }
        client.send("llo");
        QVERIFY(client.receive().ends_with("POST5"));
        client.send("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
        QVERIFY(client.receive().ends_with("hello"));
    }

    void nothingOfASnapshotIsFreedHere()
    {
        Service service;
        const std::weak_ptr<const snapshot::HttpListener> before = service.reader.current().httpListeners.at("web");
        service.released.clear();
        service.publish();
        QVERIFY(!before.expired());
        service.released.clear();
        QVERIFY(before.expired());
    }

    void restingConnectionsOfAServerThatMovedAreNotUsed()
    {
        Origin first([](const std::string &) { return ok("first"); });
        Origin second([](const std::string &) { return ok("second"); });
        Service service({&first, &second});
        service.backend.servers[1].cell->state = config::ServerState::drain;
        service.publish();
        Client client(service);
        client.send("GET /app HTTP/1.1\r\nHost: a\r\n\r\n");
        QVERIFY(client.receive().ends_with("first"));
        // The same server, by its cell, elsewhere.
        service.backend.servers[0].endpoint = second.endpoint();
        service.publish();
        client.send("GET /app HTTP/1.1\r\nHost: a\r\n\r\n");
        QVERIFY(client.receive().ends_with("second"));
        client.send("GET /app HTTP/1.1\r\nHost: a\r\n\r\n");
        client.receive();
        QCOMPARE(second.connections(), std::size_t{1}); // and the new one is kept
        QCOMPARE(first.connections(), std::size_t{1});
    }

    void aServerThatClosesRestingConnectionsFailsNoRequest()
    {
        int requests = 0;
        Origin origin([&requests](const std::string &) { return ++requests % 2 == 0 ? std::string() : ok("well"); });
        Service service({&origin});
        Client client(service);
        for (int i = 0; i < 5; ++i) {
            client.send("GET /app HTTP/1.1\r\nHost: a\r\n\r\n");
            QCOMPARE(countOf(client.receive(), "well"), static_cast<std::size_t>(i + 1));
        }
        QCOMPARE(service.backend.servers[0].cell->traffic[0].errors.value(), std::uint64_t{0});
        QCOMPARE(service.backend.servers[0].cell->traffic[0].retries.value(), std::uint64_t{0});
    }

    void largeFilesThroughSmallWindows()
    {
        Meddler meddler;
        meddler.most = 10'000;
        Service service({}, &meddler);
        Client client(service);
        client.send("GET /large.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        const std::string &received = client.receive();
        QCOMPARE(received.size() - received.find("\r\n\r\n") - 4, std::size_t{1'000'000});
        QCOMPARE(service.siteCell->traffic[0].bytesOut.value(), std::uint64_t{1'000'000});
    }
};

QTEST_GUILESS_MAIN(ServerTest)
#include "server_test.moc"
