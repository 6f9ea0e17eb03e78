// SPDX-License-Identifier: GPL-3.0-or-later
// Requests to scripts, over real sockets to an application that is played here.
#include "engine/interference.h"
#include "http/health_probes.h"
#include "http_service.h"
#include "support/fastcgi_records.h"

#include <QDir>

#include <algorithm>
#include <regex>

using namespace mainstay;
using tests::Client;
using tests::Origin;
using tests::Service;
namespace peer = tests::fastcgi;

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

using Script = std::function<std::string(const peer::Request &request)>;

Origin::Answer asScript(Script script)
{
    return [script = std::move(script)](const std::string &bytes) { return script(peer::requestIn(bytes).value()); };
}

std::size_t requestSize(const std::string &bytes)
{
    const auto request = peer::requestIn(bytes);
    return request ? request->size : 0;
}

struct App : Origin {
    explicit App(Script script) : Origin(asScript(std::move(script)), requestSize) {}
};

// Below "/app": index.php, sub/x.php and style.css.
struct Site : Service {
    explicit Site(std::vector<Origin *> apps, engine::Interference *interference = nullptr)
        : Service(std::move(apps), interference)
    {
        const std::string root = folder.path().toStdString();
        (void)QDir(folder.path()).mkdir(QStringLiteral("sub"));
        for (const char *name : {"/index.php", "/sub/x.php", "/style.css"})
            std::ofstream(root + name) << "text of " << name;
        backend.protocol = config::AppProtocol::fastcgi;
        appRoute.stripPrefix = true;
        appRoute.root = {root};
        appRoute.index = "index.php";
        publish();
    }
};

std::string ask(Service &service, const std::string &request)
{
    Client client(service);
    client.send(request);
    return client.receive(300);
}

std::string get(const std::string &path, const std::string &fields = {})
{
    return "GET " + path + " HTTP/1.1\r\nHost: www.test\r\n" + fields + "\r\n";
}

// What it was asked, by these names.
std::string echo(const peer::Request &request, const std::vector<std::string> &names)
{
    std::string text = "Content-Type: text/plain\n\n";
    for (const std::string &name : names)
        text += name + "=" + request.param(name) + "\n";
    return peer::answer(text + request.body);
}

std::string answerAll(const peer::Request &request)
{
    const std::string info = request.param("PATH_INFO");
    if (info == "/length")
        return peer::answer("Status: 200\r\nContent-Length: 4\r\n\r\nfour");
    if (info == "/errors")
        return peer::record(peer::kStderr, "a warning\n", 6) + peer::answer("Status: 500 Sorry\n\nfailed");
    if (info == "/head")
        return peer::answer("Content-Type: text/plain\n\nnot for HEAD");
    return peer::answer("Content-Type: text/plain\n\n" + request.param("REQUEST_METHOD") + " of " +
                        std::to_string(request.body.size()));
}

const std::string kScript = get("/app/") + get("/app/length") + get("/app/style.css") +
                            "POST /app/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
                            "HEAD /app/head HTTP/1.1\r\nHost: a\r\n\r\n" +
                            get("/app/errors", "Connection: close\r\n");

std::string runScript(Meddler *meddler)
{
    App app(answerAll);
    Site service({&app}, meddler);
    Client client(service);
    client.send(kScript);
    return std::regex_replace(client.receive(), std::regex("(Date|Last-Modified|ETag): [^\r]*\r\n"), "");
}

bool contains(const std::string &text, const std::string &part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

class ScriptsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theScript()
    {
        const std::string plain = runScript(nullptr);
        for (const char *part : {"8\r\nGET of 0\r\n0\r\n\r\n", "Content-Length: 4\r\n\r\nfour", "text of /style.css",
                                 "9\r\nPOST of 5\r\n", "HTTP/1.1 500 Sorry\r\n", "failed"})
            QVERIFY2(contains(plain, part), (part + ("\nin\n" + plain)).c_str());
        QVERIFY(!contains(plain, "not for HEAD"));
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
            return std::regex_replace(text, std::regex("[0-9a-f]+\r\n([^\r]+)\r\n(?=[0-9])"), "$1");
        };
        QCOMPARE(QByteArray::fromStdString(joined(runScript(&meddler))),
                 QByteArray::fromStdString(joined(runScript(nullptr))));
    }

    void cancelledAtEveryPoint_data()
    {
        QTest::addColumn<bool>("defers");
        QTest::addColumn<int>("most");
        QTest::newRow("at once") << false << 100'000;
        QTest::newRow("deferred") << true << 100'000;
        QTest::newRow("in pieces") << false << 60;
    }
    void cancelledAtEveryPoint()
    {
        QFETCH(bool, defers);
        QFETCH(int, most);
        int attempts = 0;
        for (int at = -1; at < attempts; ++at) {
            Meddler meddler;
            meddler.defers = defers;
            meddler.most = static_cast<std::size_t>(most);
            meddler.cancelAt = at;
            App app(answerAll);
            {
                Site service({&app}, &meddler);
                Client client(service);
                client.send(kScript);
                client.receive(100);
                QVERIFY(service.end(50));
                QCOMPARE(service.loop.buffers().leased(), std::size_t{0});
                QCOMPARE(service.backend.cell->traffic[0].inFlight.value(), std::uint64_t{0});
                QVERIFY(!service.backend.servers[0].cell->heldIdle.load());
            }
            attempts = std::max(attempts, meddler.attempts);
        }
        QVERIFY(attempts > 15);
    }

    void params()
    {
        App app([](const peer::Request &request) {
            return echo(request,
                        {"GATEWAY_INTERFACE", "SERVER_PROTOCOL", "SERVER_NAME", "SERVER_ADDR", "SERVER_PORT",
                         "REMOTE_ADDR", "REQUEST_SCHEME", "HTTPS", "REQUEST_METHOD", "REQUEST_URI", "QUERY_STRING",
                         "SCRIPT_NAME", "DOCUMENT_URI", "PATH_INFO", "CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_HOST"});
        });
        Site service({&app});
        const std::string port = std::to_string(service.port());
        QVERIFY(contains(ask(service, "POST /app/sub/x.php/a%20b?q=%31 HTTP/1.1\r\nHost: www.test:8080\r\n"
                                      "Content-Type: a/b\r\nContent-Length: 3\r\n\r\none"),
                         "GATEWAY_INTERFACE=CGI/1.1\nSERVER_PROTOCOL=HTTP/1.1\nSERVER_NAME=www.test\n"
                         "SERVER_ADDR=127.0.0.1\nSERVER_PORT=" +
                             port +
                             "\nREMOTE_ADDR=127.0.0.1\nREQUEST_SCHEME=http\nHTTPS=(none)\n"
                             "REQUEST_METHOD=POST\nREQUEST_URI=/app/sub/x.php/a%20b?q=%31\nQUERY_STRING=q=%31\n"
                             "SCRIPT_NAME=/app/sub/x.php\nDOCUMENT_URI=/app/sub/x.php/a b\nPATH_INFO=/a b\n"
                             "CONTENT_TYPE=a/b\nCONTENT_LENGTH=3\nHTTP_HOST=www.test:8080\none"));
        QVERIFY(contains(ask(service, "GET http://[::1] HTTP/1.0\r\n\r\n"), "404")); // not below "/app"
        QVERIFY(contains(ask(service, "GET /app/ HTTP/1.0\r\n\r\n"),
                         "SERVER_PROTOCOL=HTTP/1.0\nSERVER_NAME=localhost\nSERVER_ADDR=127.0.0.1\nSERVER_PORT=" + port +
                             "\n"));
        QVERIFY(contains(ask(service, get("/app/?")), "CONTENT_LENGTH=(none)\nHTTP_HOST=www.test\n"));
    }
    void endsOfTheConnection()
    {
        App app([](const peer::Request &request) {
            return echo(request, {"SERVER_ADDR", "SERVER_PORT", "REMOTE_ADDR", "REMOTE_PORT"});
        });
        Site service({&app});
        const std::string own = "SERVER_ADDR=127.0.0.1\nSERVER_PORT=" + std::to_string(service.port()) + "\n";
        Client direct(service);
        direct.send(get("/app/") + get("/app/", "Connection: close\r\n"));
        const std::string text = direct.receive(300);
        const std::regex both(own + "REMOTE_ADDR=127\\.0\\.0\\.1\nREMOTE_PORT=[1-9][0-9]*\n");
        QCOMPARE(std::distance(std::sregex_iterator(text.begin(), text.end(), both), std::sregex_iterator()),
                 std::ptrdiff_t{2});
        // Whom a proxy speaks for in a field has a port that nobody knows.
        service.config.trustedProxies = {Network::parse("127.0.0.1").value()};
        service.publish();
        QVERIFY(contains(ask(service, get("/app/", "X-Forwarded-For: 192.0.2.7\r\n")),
                         own + "REMOTE_ADDR=192.0.2.7\nREMOTE_PORT=(none)\n"));
        service.config.proxyProtocol = service.config.trustedProxies;
        service.publish();
        QVERIFY(contains(ask(service, "PROXY TCP4 192.0.2.8 203.0.113.9 54321 443\r\n" + get("/app/")),
                         "SERVER_ADDR=203.0.113.9\nSERVER_PORT=443\nREMOTE_ADDR=192.0.2.8\nREMOTE_PORT=54321\n"));
    }
    void filesAndFolders()
    {
        App app([](const peer::Request &request) {
            return echo(request, {"SCRIPT_FILENAME", "DOCUMENT_ROOT", "PATH_TRANSLATED"});
        });
        Site service({&app});
        const std::string root = service.folder.path().toStdString();
        QVERIFY(contains(ask(service, get("/app/sub/x.php/i")), "SCRIPT_FILENAME=" + root +
                                                                    "/sub/x.php\nDOCUMENT_ROOT=" + root +
                                                                    "\nPATH_TRANSLATED=" + root + "/i\n"));
        service.appRoute.root.path += '/';
        service.publish();
        QVERIFY(contains(ask(service, get("/app/")), "SCRIPT_FILENAME=" + root + "/index.php\nDOCUMENT_ROOT=" + root +
                                                         "\nPATH_TRANSLATED=(none)\n"));
        QVERIFY(contains(ask(service, get("/app/sub%2Fx.php")), "400 Bad Request"));
    }

    void fields()
    {
        std::string names;
        App app([&names](const peer::Request &request) {
            names.clear();
            for (const auto &[name, value] : request.params) {
                if (name.starts_with("HTTP_"))
                    names += name + "=" + value + "\n";
            }
            return peer::answer("Status: 204\n\n");
        });
        Site service({&app});
        ask(service, get("/app/", "Cookie: a=b\r\nX-One: 1\r\nProxy: http://evil\r\nX_One: 2\r\nX.One: 3\r\n"
                                  "x-one: 4\r\ncookie: c=d\r\nConnection: x-two\r\nX-Two: 5\r\nTE: trailers\r\n"
                                  "X-Forwarded-For: 6.6.6.6\r\nForwarded: for=6\r\nExpect: 100-continue\r\n"
                                  "Authorization: Basic x\r\nContent_Length: 9\r\nX-Empty:\r\n"));
        QCOMPARE(names, std::string("HTTP_AUTHORIZATION=Basic x\nHTTP_COOKIE=a=b; c=d\nHTTP_HOST=www.test\n"
                                    "HTTP_X_EMPTY=\nHTTP_X_ONE=1, 4\n"));
    }
    void whatDoesNotFit()
    {
        App app(answerAll);
        Site service({&app});
        service.config.maxHead = config::kibibytes(60);
        service.publish();
        QVERIFY(contains(ask(service, get("/app/?" + std::string(25'000, 'q'))), "GET of 0"));
        QVERIFY(
            contains(ask(service, get("/app/?" + std::string(31'000, 'q'), "A: " + std::string(10'000, 'a') + "\r\n")),
                     "431 Request Header Fields Too Large"));
    }

    void bodiesStream()
    {
        App app([](const peer::Request &request) { return echo(request, {"CONTENT_LENGTH"}); });
        Site service({&app});
        std::string body;
        for (int i = 0; body.size() < 3'000'000; ++i)
            body += std::to_string(i) + ' ';
        Client client(service);
        client.send("POST /app/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n");
        QVERIFY(client.receive(50).starts_with("HTTP/1.1 100 Continue\r\n\r\n"));
        for (std::size_t sent = 0; sent < body.size(); sent += 50'000) {
            client.send(std::string_view(body).substr(sent, 50'000));
            for (int i = 0; i < 10; ++i)
                service.turn();
        }
        // Its answer is as long, and comes in chunks.
        const std::string answer = client.receive(2000);
        std::string content;
        for (std::size_t at = answer.find("\r\n\r\n", 30) + 4; at < answer.size();) {
            const std::size_t size = std::stoul(answer.substr(at, 8), nullptr, 16);
            at = answer.find("\r\n", at) + 2;
            content += answer.substr(at, size);
            at += size + 2;
        }
        QVERIFY(content == "CONTENT_LENGTH=" + std::to_string(body.size()) + "\n" + body);
        QCOMPARE(service.loop.buffers().leased(), std::size_t{0});
    }
    void aBodyWithoutALength()
    {
        App app(answerAll);
        Site service({&app});
        const std::string head = "POST /app/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        QVERIFY(contains(ask(service, head + "3\r\nabc\r\n0\r\n\r\n"), "POST of 3"));
        QVERIFY(contains(ask(service, head + "0\r\n\r\n"), "POST of 0"));
        QVERIFY(contains(ask(service, head + "3\r\nabc\r\n"), "411 Length Required"));
    }

    // A client that does not read holds the application up, and not its answer in our memory.
    void backPressure()
    {
        App app([](const peer::Request &) { return peer::record(peer::kStdout, "Status: 200\n\n"); });
        Site service({&app});
        Client client(service);
        client.send(get("/app/"));
        for (int i = 0; i < 20; ++i)
            service.turn();
        const std::string more = peer::record(peer::kStdout, std::string(60'000, 'x'));
        for (int i = 0; i < 300; ++i) {
            app.say(more);
            service.turn();
        }
        QVERIFY(service.loop.buffers().leased() <= 3);
        client.close();
    }

    void connectionsAreKept()
    {
        App app(answerAll);
        Site service({&app});
        Client client(service);
        for (int i = 0; i < 5; ++i) {
            client.send(get("/app/"));
            client.receive(50);
        }
        QCOMPARE(app.connections(), std::size_t{1});
        QVERIFY(service.backend.servers[0].cell->heldIdle.load());
        app.closeAll(); // it rests no more, and the next request finds another
        QVERIFY(contains(ask(service, get("/app/")), "GET of 0"));
        QCOMPARE(app.connections(), std::size_t{2});
        QTRY_COMPARE((service.turn(), app.open()), std::size_t{0}); // nor is it kept for long
    }
    // A process that waits for one connection would serve nobody else.
    void connectionsOfABusyServerAreNot()
    {
        bool silent = false;
        App app([&silent](const peer::Request &request) {
            return silent ? std::string(Origin::kSilence) : answerAll(request);
        });
        Site service({&app});
        Client waiting(service);
        silent = true;
        waiting.send(get("/app/"));
        waiting.receive(50);
        silent = false;
        for (int i = 0; i < 3; ++i)
            QVERIFY(contains(ask(service, get("/app/")), "GET of 0"));
        QCOMPARE(app.connections(), std::size_t{4});
        QCOMPARE(app.open(), std::size_t{1});
    }
    void whoEndsTheConnection()
    {
        App app([](const peer::Request &) { return peer::answer("Status: 200\n\nall") + "garbage"; });
        Site service({&app});
        QVERIFY(contains(ask(service, get("/app/")), "all"));
        QVERIFY(contains(ask(service, get("/app/")), "all"));
        QCOMPARE(app.connections(), std::size_t{2});
    }

    void failures_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("answer");
        const auto row = [](const char *name, const std::string &bytes, const char *answer) {
            QTest::newRow(name) << QByteArray::fromStdString(bytes) << QByteArray(answer);
        };
        row("closes", "", "502");
        row("HTTP", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "502");
        row("no head", peer::answer("Content-Type: a\n"), "502");
        row("nothing", peer::answer(""), "502");
        row("no field", peer::answer("\n\nhello"), "502");
        row("a bad field", peer::answer("Status: 200\nA : b\n\n"), "502");
        row("an interim status", peer::answer("Status: 103\n\n"), "502");
        row("another protocol", peer::answer("Status: 101\n\n"), "502");
        row("an endless head",
            peer::record(peer::kStdout, "Status: 200\nA: " + std::string(40'000, 'x')) +
                peer::record(peer::kStdout, std::string(40'000, 'x')),
            "502");
        row("overloaded", peer::endRecord(2), "503");
        row("unknown role", peer::endRecord(3), "502");
        row("another request", peer::record(peer::kStdout, "Status: 200\n\n", 0, 7), "502");
    }
    void failures()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, answer);
        App app([bytes](const peer::Request &) { return bytes.toStdString(); });
        Site service({&app});
        const std::string received = ask(service, get("/app/"));
        QVERIFY2(received.starts_with("HTTP/1.1 " + answer.toStdString()), received.c_str());
        QCOMPARE(service.backend.cell->traffic[0].errors.value(), std::uint64_t{1});
        QCOMPARE(service.loop.buffers().leased(), std::size_t{0});
    }
    void cutAnswers()
    {
        const std::string begun = peer::record(peer::kStdout, "Status: 200\nContent-Length: 9\n\npart");
        for (const std::string &rest : {peer::endRecord(), std::string("garbage!")}) {
            App app([&](const peer::Request &) { return begun; });
            Site service({&app});
            Client client(service);
            client.send(get("/app/"));
            QVERIFY(client.receive(50).ends_with("part"));
            app.say(rest);
            client.receive(50);
            QVERIFY(client.isEnded());
            QCOMPARE(app.open(), std::size_t{0});
        }
    }
    void longerThanItSays()
    {
        App app([](const peer::Request &) { return peer::answer("Content-Length: 4\nStatus: 200\n\nfour and more"); });
        Site service({&app});
        Client client(service);
        client.send(get("/app/") + get("/app/", "Connection: close\r\n"));
        const std::string received = client.receive(50);
        QVERIFY(received.ends_with("\r\n\r\nfour") && !contains(received, "more"));
        QCOMPARE(app.connections(), std::size_t{1});
    }

    void anotherServerIsTried()
    {
        App closes([](const peer::Request &) { return std::string(); });
        App overloaded([](const peer::Request &) { return peer::endRecord(2); });
        App answers(answerAll);
        Site service({&closes, &overloaded, &answers});
        for (int i = 0; i < 4; ++i)
            QVERIFY(
                contains(ask(service, "PUT /app/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"), "PUT of 5"));
        QVERIFY(closes.connections() > 0 && overloaded.connections() > 0);
    }
    void whatIsNotIdempotentIsNotSentTwice()
    {
        App closes([](const peer::Request &) { return std::string(); });
        App other([](const peer::Request &) { return std::string(); });
        Site service({&closes, &other});
        QVERIFY(contains(ask(service, "POST /app/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"), "502"));
        QCOMPARE(closes.connections() + other.connections(), std::size_t{1});
    }
    void inTime()
    {
        App app([](const peer::Request &) { return std::string(Origin::kSilence); });
        Site service({&app});
        service.backend.config.responseTimeout = Milliseconds(50);
        service.publish();
        Client client(service);
        client.send(get("/app/"));
        QTRY_VERIFY(contains(client.receive(1), "504 Gateway Timeout"));
    }

    void errorsGoToTheSink()
    {
        App app([](const peer::Request &request) {
            const std::string much(request.param("QUERY_STRING") == "much" ? 100'000 : 0, 'm');
            return peer::record(peer::kStderr, "first\r\nsec") + peer::record(peer::kStderr, "ond\n\n") +
                   peer::record(peer::kStdout, "Status: 200\n\n") +
                   peer::record(peer::kStderr, much.substr(0, 50'000)) + peer::record(peer::kStderr, "last") +
                   peer::endRecord();
        });
        Site service({&app});
        std::vector<std::string> lines;
        std::string whose;
        service.server.setScriptErrors(
            [&](const snapshot::Backend &backend, const snapshot::Server &server, std::string_view line) {
                whose = backend.name + "/" + server.id;
                lines.emplace_back(line);
            });
        ask(service, get("/app/"));
        QCOMPARE(lines, (std::vector<std::string>{"first", "second", "last"}));
        QCOMPARE(whose, std::string("app/0"));
        lines.clear();
        ask(service, get("/app/?much"));
        std::size_t bytes = 0;
        for (const std::string &line : lines) {
            QVERIFY(line.size() <= http::ScriptErrors::kLongestLine);
            bytes += line.size();
        }
        QVERIFY(bytes < http::ScriptErrors::kMostBytes + 100);
        QVERIFY(lines.back().starts_with("(more"));
    }
    // A path that is set for HTTP is not asked for.
    void probesOnlyConnect()
    {
        bool asked = false;
        App app([&asked](const peer::Request &) {
            asked = true;
            return std::string();
        });
        Site service({&app});
        service.backend.config.healthPath = {"/health"};
        service.publish();
        std::vector<http::ProbeReport> reports;
        http::HealthProbes probes(service.loop,
                                  [&](http::ProbeReport report) { reports.push_back(std::move(report)); });
        probes.adopt(service.reader.current());
        QTRY_VERIFY((service.turn(), !reports.empty()));
        QVERIFY(reports.front().passed);
        QVERIFY(reports.front().detail.starts_with("connected"));
        for (int i = 0; i < 50; ++i)
            service.turn();
        QVERIFY(!asked && app.connections() == 1);
        bool stopped = false;
        probes.stop([&stopped] { stopped = true; });
        QTRY_VERIFY((service.turn(), stopped));
    }
    void aClientThatLeavesWhileItWaits()
    {
        App app([](const peer::Request &) { return std::string(Origin::kSilence); });
        Site service({&app});
        Client client(service);
        client.send(get("/app/"));
        client.receive(20);
        QTest::qWait(1100);
        QCOMPARE(app.open(), std::size_t{1});
        client.close();
        for (int i = 0; i < 20; ++i)
            service.turn();
        QCOMPARE(app.open(), std::size_t{0});
        QCOMPARE(service.backend.cell->traffic[0].errors.value(), std::uint64_t{0});
    }
};

QTEST_GUILESS_MAIN(ScriptsTest)
#include "scripts_test.moc"
