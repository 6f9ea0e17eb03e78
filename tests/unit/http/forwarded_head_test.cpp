// SPDX-License-Identifier: GPL-3.0-or-later
// The heads a proxy sends, word for word.
#include "http/forwarded_head.h"

#include "engine/socket.h"
#include "http_service.h"
#include "wire/http_path.h"

using namespace mainstay;

class ForwardedHeadTest : public QObject {
    Q_OBJECT

    // An exchange in the middle of being forwarded.
    struct Forwarded {
        tests::Service service;
        std::shared_ptr<http::Listener> listener =
            std::make_shared<http::Listener>(service.reader.current().httpListeners.at("web"), service.release);
        http::Connection connection{service.server,
                                    listener,
                                    std::make_unique<engine::Socket>(service.loop, tests::listening()),
                                    {{IpAddress::parse("192.0.2.7").value(), 0}, {}},
                                    http::Carrier::connection};
        http::Exchange exchange;
        snapshot::Route route;
        snapshot::Server server;
        std::string request;
        std::string response;
        std::array<char, 4096> out{};

        Forwarded(const std::string &requestText, const std::string &routePath = "/", bool strip = false)
            : request(requestText)
        {
            route.config.path = {routePath};
            route.config.stripPrefix = strip;
            exchange.begin(connection);
            exchange.route = &route;
            if (exchange.head.parse(request) != wire::ParseStatus::complete)
                qFatal("a bad request");
            const std::string_view path = exchange.head.path().empty() ? "/" : exchange.head.path();
            exchange.path.resize(path.size());
            exchange.path.resize(wire::normalizePath(path, exchange.path).value().size());
        }
        std::string requestHead() { return {out.data(), http::writeRequestHead(exchange, server, out)}; }
        std::string responseHead(const std::string &text, bool keepAlive = true)
        {
            response = text;
            if (exchange.upstreamHead.parse(response, exchange.head.method()) != wire::ParseStatus::complete)
                qFatal("a bad response");
            exchange.keepAlive = keepAlive;
            const http::ResponseHeadWritten written = http::writeResponseHead(exchange, out);
            delivery = written.delivery;
            return {out.data(), written.size};
        }
        http::Delivery delivery = http::Delivery::none;
    };

private Q_SLOTS:
    void request()
    {
        Forwarded forwarded(
            "POST /a?b HTTP/1.1\r\nhost:  www.test:8080 \r\nX-One:1\r\nConnection: x-two\r\nX-Two: 2\r\n"
            "Content-Length: 3\r\nX-Forwarded-For: 6.6.6.6\r\nExpect: 100-continue\r\nTE: trailers\r\n\r\n");
        QCOMPARE(forwarded.requestHead(),
                 std::string("POST /a?b HTTP/1.1\r\nHost: www.test:8080\r\nX-One:1\r\n"
                             "Content-Length: 3\r\nConnection: TE\r\nTE: trailers\r\n"
                             "X-Forwarded-For: 192.0.2.7\r\n"
                             "X-Forwarded-Proto: http\r\nX-Forwarded-Host: www.test:8080\r\n\r\n"));
    }
    void chunkedRequest()
    {
        Forwarded forwarded("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\nTrailer: x\r\n\r\n");
        QVERIFY(forwarded.requestHead().find("\r\nTransfer-Encoding: chunked\r\nX-Forwarded-For") != std::string::npos);
        QVERIFY(forwarded.requestHead().find("Trailer") == std::string::npos);
    }
    void requestOfHttp10()
    {
        Forwarded forwarded("GET / HTTP/1.0\r\n\r\n");
        QCOMPARE(forwarded.requestHead(), std::string("GET / HTTP/1.1\r\nHost:\r\nX-Forwarded-For: 192.0.2.7\r\n"
                                                      "X-Forwarded-Proto: http\r\n\r\n"));
    }

    void whatAProxySays()
    {
        const std::string text = "GET / HTTP/1.1\r\nHost: inside\r\nX-Forwarded-Host: evil, www.test:8080\r\n"
                                 "X-Forwarded-Port: 1\r\nX-Forwarded-Port: 8443\r\nForwarded: host=evil\r\n\r\n";
        const std::string start = "GET / HTTP/1.1\r\nHost: inside\r\nX-Forwarded-For: 192.0.2.7\r\n"
                                  "X-Forwarded-Proto: http\r\nX-Forwarded-Host: ";
        Forwarded byClient(text);
        QCOMPARE(byClient.requestHead(), start + "inside\r\n\r\n");
        Forwarded byProxy(text);
        byProxy.exchange.fromProxy = true;
        byProxy.route.config.forwarded = true;
        QCOMPARE(byProxy.requestHead(), start + "www.test:8080\r\nX-Forwarded-Port: 8443\r\n"
                                                "Forwarded: for=192.0.2.7;host=\"www.test:8080\";proto=http\r\n\r\n");
        // What is no host, and no port.
        Forwarded odd("GET / HTTP/1.1\r\nHost: inside\r\nX-Forwarded-Host: a\"b\r\nX-Forwarded-Port: 65536\r\n\r\n");
        odd.exchange.fromProxy = true;
        QCOMPARE(odd.requestHead(), start + "inside\r\n\r\n");
    }

    // A program that reads them as CGI does could not tell them from ours.
    void aliasesStayBehind()
    {
        Forwarded forwarded("GET / HTTP/1.1\r\nHost: a\r\nX_Forwarded-For: 1\r\nx_real_ip: 2\r\nContent_Length: 3\r\n"
                            "Transfer_Encoding: chunked\r\nX_Own: 4\r\n\r\n");
        QCOMPARE(forwarded.requestHead(),
                 std::string("GET / HTTP/1.1\r\nHost: a\r\nX_Own: 4\r\nX-Forwarded-For: 192.0.2.7\r\n"
                             "X-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\n\r\n"));
    }

    void targets_data()
    {
        QTest::addColumn<QByteArray>("asked");
        QTest::addColumn<QByteArray>("route");
        QTest::addColumn<bool>("strip");
        QTest::addColumn<QByteArray>("sent");
        const auto row = [](const char *asked, const char *route, bool strip, const char *sent) {
            QTest::addRow("%s at %s", asked, route)
                << QByteArray(asked) << QByteArray(route) << strip << QByteArray(sent);
        };
        row("/a%20b?d", "/", false, "/a%20b?d");
        row("/a%3Bb/%7ec", "/", false, "/a%3Bb/%7ec");
        // What a server might resolve in another way is sent as the routes here understood it.
        row("/a%20b/../c?d", "/", false, "/c?d");
        row("//admin", "/", false, "/admin");
        row("/a/.//b/%2e%2e/c%20d", "/", false, "/a/c%20d");
        row("http://a", "/", false, "/");
        row("http://a?b", "/", false, "/?b");
        row("/app/x?y", "/app", true, "/x?y");
        row("/app?y", "/app", true, "/?y");
        row("/app/", "/app/", true, "/");
        row("/%61pp/%78%20y", "/app", true, "/%78%20y");
        row("/%61pp%2Fx%2fy?a", "/app", true, "/x%2fy?a");
        row("/app%2Fx%2fy", "/app/", true, "/x%2fy");
        row("/app/x%2Fy", "/", false, "/app/x%2Fy");
        row("/app/a/../%62", "/app", true, "/b");
        row("/x/y", "/", true, "/x/y");
    }
    void targets()
    {
        QFETCH(QByteArray, asked);
        QFETCH(QByteArray, route);
        QFETCH(bool, strip);
        QFETCH(QByteArray, sent);
        Forwarded forwarded("GET " + asked.toStdString() + " HTTP/1.1\r\nHost: a\r\n\r\n", route.toStdString(), strip);
        const std::string head = forwarded.requestHead();
        QCOMPARE(QByteArray::fromStdString(head.substr(0, head.find("\r\n"))), "GET " + sent + " HTTP/1.1");
    }

    void whatDoesNotFit()
    {
        Forwarded forwarded("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(5000, 'x') + "\r\n\r\n");
        QCOMPARE(forwarded.requestHead(), std::string());
        QCOMPARE(forwarded.responseHead("HTTP/1.1 200 OK\r\nX: " + std::string(5000, 'x') + "\r\n\r\n"), std::string());
    }

    void responses_data()
    {
        QTest::addColumn<QByteArray>("version");
        QTest::addColumn<QByteArray>("response");
        QTest::addColumn<bool>("keepAlive");
        QTest::addColumn<QByteArray>("sent");
        QTest::addColumn<int>("delivery");
        using http::Delivery;
        const auto row = [](const char *name, const char *version, const char *response, bool keepAlive,
                            const char *sent, Delivery delivery) {
            QTest::newRow(name) << QByteArray(version) << QByteArray(response) << keepAlive << QByteArray(sent)
                                << static_cast<int>(delivery);
        };
        row("length", "1.1", "HTTP/1.1 200 Fine\r\nContent-Length: 5\r\nKeep-Alive: x\r\nA: b\r\n\r\n", true,
            "HTTP/1.1 200 Fine\r\nContent-Length: 5\r\nA: b\r\n\r\n", Delivery::asIs);
        row("date", "1.1", "HTTP/1.1 204 No Content\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n", true,
            "HTTP/1.1 204 No Content\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n", Delivery::none);
        row("no reason", "1.1", "HTTP/1.0 404\r\nContent-Length: 0\r\n\r\n", true,
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", Delivery::asIs);
        row("server closes", "1.1", "HTTP/1.1 200 OK\r\nConnection: close, a\r\nA: b\r\nContent-Length: 5\r\n\r\n",
            true, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Delivery::asIs);
        row("we close", "1.1", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", false,
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n", Delivery::asIs);
        row("chunked", "1.1", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", true,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Delivery::chunked);
        row("until close", "1.1", "HTTP/1.0 200 OK\r\n\r\n", true,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Delivery::chunked);
        row("chunked to 1.0", "1.0", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", true,
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", Delivery::untilClose);
        row("length to 1.0", "1.0", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true,
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n", Delivery::asIs);
        row("304", "1.1", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", true,
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", Delivery::none);
    }
    void responses()
    {
        QFETCH(QByteArray, version);
        QFETCH(QByteArray, response);
        QFETCH(bool, keepAlive);
        QFETCH(QByteArray, sent);
        Forwarded forwarded("GET / HTTP/" + version.toStdString() + "\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
        QByteArray head = QByteArray::fromStdString(forwarded.responseHead(response.toStdString(), keepAlive));
        // Where the server does not say when it answered, we do.
        const qsizetype date = head.indexOf("Date: ");
        QVERIFY(date >= 0 && head.indexOf("Date: ", date + 1) < 0);
        if (!sent.contains("Date: "))
            head.remove(date, head.indexOf("\r\n", date) + 2 - date);
        QCOMPARE(head, sent);
        QTEST(static_cast<int>(forwarded.delivery), "delivery");
        QCOMPARE(forwarded.exchange.keepAlive, !sent.contains("Connection: close"));
    }

    void interim()
    {
        Forwarded forwarded("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        forwarded.response = "HTTP/1.1 103 Early Hints\r\nLink: x\r\nConnection: a\r\nA: b\r\n\r\n";
        QVERIFY(forwarded.exchange.upstreamHead.parse(forwarded.response, wire::Method::get) ==
                wire::ParseStatus::complete);
        const std::size_t size = http::writeInterimHead(forwarded.exchange, forwarded.out);
        QCOMPARE(std::string(forwarded.out.data(), size), std::string("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"));
    }
};

QTEST_GUILESS_MAIN(ForwardedHeadTest)
#include "forwarded_head_test.moc"
