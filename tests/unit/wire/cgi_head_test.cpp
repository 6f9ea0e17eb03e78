// SPDX-License-Identifier: GPL-3.0-or-later
// The head of a script's response, as HTTP.
#include "wire/cgi_head.h"
#include "wire/http1_response.h"

#include <QTest>

#include <array>
#include <string>

using namespace mainstay::wire;

namespace {

std::string asHttp(std::string_view head)
{
    std::array<char, 4096> out{};
    return {out.data(), writeHttpHead(head, out)};
}

// Whether what is made of it is an HTTP response.
bool isResponse(const std::string &head)
{
    const std::string http = asHttp(head);
    ResponseHead response;
    return !http.empty() && response.parse(http, Method::get) == ParseStatus::complete &&
           response.length() == http.size();
}

} // namespace

class CgiHeadTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsTheEnd_data()
    {
        QTest::addColumn<QByteArray>("head");
        for (const char *head :
             {"Status: 200\n\n", "Status: 200\r\n\r\n", "A: b\nStatus: 200\r\n\n", "\n", "\r\n", "A: b\r\r\n\r\n"})
            QTest::newRow(head) << QByteArray(head);
    }
    void findsTheEnd()
    {
        QFETCH(QByteArray, head);
        const std::string bytes = head.toStdString() + "\n\nbody";
        CgiHead whole;
        QCOMPARE(whole.find(bytes), ParseStatus::complete);
        QCOMPARE(whole.length(), static_cast<std::size_t>(head.size()));
        CgiHead pieced;
        for (std::size_t size = 0; size < whole.length(); ++size)
            QCOMPARE(pieced.find(std::string(bytes, 0, size)), ParseStatus::needMore);
        QCOMPARE(pieced.find(bytes), ParseStatus::complete);
        QCOMPARE(pieced.length(), whole.length());
    }

    void isBounded()
    {
        const std::string longest = "A: " + std::string(CgiHead::kMaxBytes - 5, 'x') + "\n\n";
        CgiHead fits;
        QCOMPARE(fits.find(longest), ParseStatus::complete);
        CgiHead tooLong;
        QCOMPARE(tooLong.find('B' + longest), ParseStatus::tooLarge);
        CgiHead endless;
        QCOMPARE(endless.find(std::string(CgiHead::kMaxBytes - 1, 'x')), ParseStatus::needMore);
        QCOMPARE(endless.find(std::string(CgiHead::kMaxBytes, 'x')), ParseStatus::tooLarge);
    }

    void writesHttp_data()
    {
        QTest::addColumn<QByteArray>("head");
        QTest::addColumn<QByteArray>("http");
        const auto row = [](const char *head, const char *http) {
            QTest::newRow(head) << QByteArray(head) << QByteArray(http);
        };
        row("Content-Type: text/plain\n\n", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n");
        row("X-A:b\r\nStatus: 404 Not Found\r\nContent-type: a\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\nX-A:b\r\nContent-type: a\r\n\r\n");
        row("status:\t201 \n\n", "HTTP/1.1 201\r\n\r\n");
        row("Location: http://b/\n\n", "HTTP/1.1 302 Found\r\nLocation: http://b/\r\n\r\n");
        row("Location: /here\nStatus: 303\n\n", "HTTP/1.1 303\r\nLocation: /here\r\n\r\n");
        row("Status: 200\nConnection: close\nKeep-Alive: 1\nTransfer-Encoding: chunked\nUpgrade: x\nA: b\n\n",
            "HTTP/1.1 200\r\nA: b\r\n\r\n");
        row("Status: 200\nContent-Length: 3\n\n", "HTTP/1.1 200\r\nContent-Length: 3\r\n\r\n");
    }
    void writesHttp()
    {
        QFETCH(QByteArray, head);
        QTEST(QByteArray::fromStdString(asHttp(head.toStdString())), "http");
        QVERIFY(isResponse(head.toStdString()));
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("head");
        for (const char *head :
             {"\n", "A: b\n\n", "HTTP/1.1 200 OK\nContent-Type: a\n\n", "Status: 200\nStatus: 200\n\n",
              "Status: OK\n\n", "Status: 999\n\n", "Status:\n\n", "Status: 20\n\n", "Status: 2000\n\n",
              "Status: 200\nno field\n\n", "Status: 200\nA : b\n\n", "Status: 200\nA: b\n c\n\n",
              "Status: 200\nA: b\rB: c\n\n", "Status: 200\nA: \1\n\n", "Status: 200\nContent-Length: x\n\n",
              "Status: 200\nContent-Length: 1\nContent-Length: 1\n\n", "Status: 200\n: b\n\n"})
            QTest::newRow(head) << QByteArray(head);
        QTest::newRow("NUL") << QByteArray("Status: 200\nA: \0\n\n", 18);
    }
    void refuses()
    {
        QFETCH(QByteArray, head);
        QVERIFY(!isResponse(head.toStdString()));
    }

    void noticesWhatDoesNotFit()
    {
        std::array<char, 4096> out{};
        QCOMPARE(writeHttpHead("Status: 200\nA: " + std::string(4096, 'x') + "\n\n", out), std::size_t{0});
    }
};

QTEST_GUILESS_MAIN(CgiHeadTest)
#include "cgi_head_test.moc"
