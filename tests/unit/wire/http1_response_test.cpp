// SPDX-License-Identifier: GPL-3.0-or-later
// Response heads, and the writer that makes heads.
#include "wire/http1_response.h"
#include "wire/http1_writer.h"

#include <QTest>

#include <array>
#include <limits>
#include <string>

using namespace mainstay::wire;

namespace {

std::string_view viewOf(const QByteArray &bytes)
{
    return {bytes.constData(), static_cast<std::size_t>(bytes.size())};
}

} // namespace

class Http1ResponseTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsResponse();
    void framesBodies_data();
    void framesBodies();
    void refuses_data();
    void refuses();
    void readsInterimThenFinal();
    void writesHeads();
    void writerNoticesOverflow();
    void writesChunkSizes();
};

void Http1ResponseTest::readsResponse()
{
    const QByteArray bytes = "HTTP/1.1 404 Not  Found\xe9\r\nServer: x\r\nContent-Length: 3\r\n\r\nabc";
    ResponseHead head;
    QCOMPARE(head.parse(viewOf(bytes), Method::get), ParseStatus::complete);
    QCOMPARE(head.status(), 404U);
    QCOMPARE(head.reason(), std::string_view("Not  Found\xe9"));
    QCOMPARE(head.length(), viewOf(bytes).size() - 3);
    QCOMPARE(head.find(KnownField::server).value(), std::string_view("x"));
    QVERIFY(head.keepAlive());
    for (qsizetype cut = 0; cut < bytes.size() - 3; ++cut) {
        ResponseHead other;
        const QByteArray first = bytes.first(cut);
        QCOMPARE(other.parse(viewOf(first), Method::get), ParseStatus::needMore);
        QCOMPARE(other.parse(viewOf(bytes), Method::get), ParseStatus::complete);
        QCOMPARE(other.status(), 404U);
        QCOMPARE(other.reason(), head.reason());
        QCOMPARE(other.body(), head.body());
    }
}

void Http1ResponseTest::framesBodies_data()
{
    QTest::addColumn<QByteArray>("head");
    QTest::addColumn<bool>("ofHead");
    QTest::addColumn<int>("kind");
    QTest::addColumn<quint64>("length");
    QTest::addColumn<bool>("keepAlive");
    using Kind = BodyFraming::Kind;
    const auto row = [](const char *name, const char *head, bool ofHead, Kind kind, quint64 length, bool keepAlive) {
        QTest::newRow(name) << QByteArray(head) << ofHead << static_cast<int>(kind) << length << keepAlive;
    };
    row("length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", false, Kind::length, 5, true);
    row("chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", false, Kind::chunked, 0, true);
    row("until close", "HTTP/1.1 200 OK\r\n", false, Kind::untilClose, 0, false);
    row("close", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n", false, Kind::length, 5, false);
    row("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", true, Kind::none, 0, true);
    row("HEAD chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", true, Kind::none, 0, true);
    row("HEAD unframed", "HTTP/1.1 200 OK\r\n", true, Kind::none, 0, true);
    row("304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n", false, Kind::none, 0, true);
    row("204", "HTTP/1.1 204 No Content\r\n", false, Kind::none, 0, true);
    row("204 with length", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n", false, Kind::none, 0, true);
    row("100", "HTTP/1.1 100 Continue\r\n", false, Kind::none, 0, true);
    row("101", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n", false, Kind::none, 0, true);
    row("1.0", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n", false, Kind::length, 5, false);
    row("1.0 keep-alive", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n", false, Kind::length, 5,
        true);
    row("empty reason", "HTTP/1.1 200 \r\nContent-Length: 5\r\n", false, Kind::length, 5, true);
    row("no reason", "HTTP/1.1 200\r\nContent-Length: 5\r\n", false, Kind::length, 5, true);
}

void Http1ResponseTest::framesBodies()
{
    QFETCH(QByteArray, head);
    QFETCH(bool, ofHead);
    const QByteArray bytes = head + "\r\n";
    ResponseHead parsed;
    QCOMPARE(parsed.parse(viewOf(bytes), ofHead ? Method::head : Method::get), ParseStatus::complete);
    QTEST(static_cast<int>(parsed.body().kind), "kind");
    QTEST(static_cast<quint64>(parsed.body().length), "length");
    QTEST(parsed.keepAlive(), "keepAlive");
}

void Http1ResponseTest::refuses_data()
{
    QTest::addColumn<QByteArray>("head");
    QTest::addColumn<int>("error");
    using E = Http1Error;
    const auto row = [](const char *name, const char *head, E error) {
        QTest::newRow(name) << QByteArray(head) << static_cast<int>(error);
    };
    row("empty line first", "\r\nHTTP/1.1 200 OK\r\n", E::badStatusLine);
    row("two digits", "HTTP/1.1 20 OK\r\n", E::badStatusLine);
    row("four digits", "HTTP/1.1 2000 OK\r\n", E::badStatusLine);
    row("letters", "HTTP/1.1 2x0 OK\r\n", E::badStatusLine);
    row("status 600", "HTTP/1.1 600 OK\r\n", E::badStatusLine);
    row("status 099", "HTTP/1.1 099 OK\r\n", E::badStatusLine);
    row("two spaces", "HTTP/1.1  200 OK\r\n", E::badStatusLine);
    row("ICY", "ICY 200 OK\r\n", E::badStatusLine);
    row("HTTP/2.0", "HTTP/2.0 200 OK\r\n", E::unsupportedVersion);
    row("HTTP/1.x", "HTTP/1.x 200 OK\r\n", E::badVersion);
    row("bare LF", "HTTP/1.1 200 OK\nA: b\r\n", E::bareLineFeed);
    row("fold", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n", E::foldedField);
    row("space before colon", "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n", E::spaceBeforeColon);
    row("CL and TE", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        E::lengthAndTransferEncoding);
    row("two CL", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n", E::repeatedContentLength);
    row("CL list", "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n", E::badContentLength);
    row("TE list", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n", E::badTransferEncoding);
    row("TE in 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n", E::unexpectedTransferEncoding);
    row("TE in 204", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n", E::unexpectedTransferEncoding);
    row("TE in 101", "HTTP/1.1 101 Switching\r\nTransfer-Encoding: chunked\r\n", E::unexpectedTransferEncoding);
}

void Http1ResponseTest::refuses()
{
    QFETCH(QByteArray, head);
    const QByteArray bytes = head + "\r\n";
    ResponseHead parsed;
    QCOMPARE(parsed.parse(viewOf(bytes), Method::get), ParseStatus::malformed);
    QTEST(static_cast<int>(parsed.error()), "error");
}

void Http1ResponseTest::readsInterimThenFinal()
{
    const QByteArray bytes = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    ResponseHead head;
    QCOMPARE(head.parse(viewOf(bytes), Method::post), ParseStatus::complete);
    QVERIFY(head.interim());
    const std::string_view rest = viewOf(bytes).substr(head.length());
    head.reset();
    QCOMPARE(head.parse(rest, Method::post), ParseStatus::complete);
    QVERIFY(!head.interim());
    QCOMPARE(head.length(), rest.size());
}

void Http1ResponseTest::writesHeads()
{
    std::array<char, 256> out{};
    HeadWriter response(out);
    response.statusLine(206);
    response.field("Content-Length", std::numeric_limits<std::uint64_t>::max());
    response.fieldLine("A:  b");
    response.field("C", "d");
    response.end();
    QVERIFY(response.ok());
    QCOMPARE(
        std::string(out.data(), response.size()),
        std::string("HTTP/1.1 206 Partial Content\r\nContent-Length: 18446744073709551615\r\nA:  b\r\nC: d\r\n\r\n"));

    HeadWriter request(out);
    request.requestLine("GET", "?q");
    request.requestLine("GET", "");
    request.requestLine("OPTIONS", "*");
    QCOMPARE(std::string(out.data(), request.size()),
             std::string("GET /?q HTTP/1.1\r\nGET / HTTP/1.1\r\nOPTIONS * HTTP/1.1\r\n"));
}

void Http1ResponseTest::writerNoticesOverflow()
{
    const std::string whole = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n";
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        std::string out(size, '?');
        HeadWriter writer(out);
        writer.statusLine(200);
        writer.field("A", "b");
        writer.end();
        QCOMPARE(writer.ok(), size == whole.size());
    }
}

void Http1ResponseTest::writesChunkSizes()
{
    std::array<char, 18> out{};
    QCOMPARE(std::string(out.data(), writeChunkSize(0x1fa0, out.data())), std::string("1fa0\r\n"));
    QCOMPARE(std::string(out.data(), writeChunkSize(std::numeric_limits<std::uint64_t>::max(), out.data())),
             std::string("ffffffffffffffff\r\n"));
}

QTEST_APPLESS_MAIN(Http1ResponseTest)
#include "http1_response_test.moc"
