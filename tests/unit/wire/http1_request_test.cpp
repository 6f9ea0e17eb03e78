// SPDX-License-Identifier: GPL-3.0-or-later
// Request heads: what they mean, what is refused, and that it does not matter how the bytes arrive.
#include "wire/http1_request.h"

#include <QTest>

#include <string>
#include <type_traits>

using namespace mainstay::wire;

namespace {

std::string_view viewOf(const QByteArray &bytes)
{
    return {bytes.constData(), static_cast<std::size_t>(bytes.size())};
}

template <std::size_t N>
QByteArray bytesOf(const char (&literal)[N])
{
    return QByteArray(literal, N - 1);
}

// A request of HTTP/1.1 with these lines after Host.
QByteArray requestWith(const QByteArray &lines)
{
    return "POST / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
}

static_assert(std::is_trivially_copyable_v<RequestHead>);
static_assert(sizeof(RequestHead) <= 2048);

} // namespace

class Http1RequestTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsBrowserRequest();
    void readsTargets_data();
    void readsTargets();
    void framesBodies_data();
    void framesBodies();
    void decidesKeepAlive_data();
    void decidesKeepAlive();
    void marksHopByHopFields();
    void limitsNominations();
    void expectsContinue();
    void acceptsOddButValid_data();
    void acceptsOddButValid();
    void refuses_data();
    void refuses();
    void refusesAsSoonAsSeen_data();
    void refusesAsSoonAsSeen();
    void limitsSize();
    void limitsFields();
    void leavesPipelinedBytes();
    void survivesMoving();
    void hostMayLeaveOutTheSchemesPort();
    void controlCharactersAreFoundAtEveryPlace();
};

void Http1RequestTest::readsBrowserRequest()
{
    const QByteArray bytes =
        "GET /a%20b/c?x=1&y=[2] HTTP/1.1\r\nHost: Example.org:8080\r\nAccept-Encoding: gzip, br\r\n"
        "X-Custom:\t spaced \t\r\nUSER-AGENT: curl/7.88\r\nEmpty:\r\nCookie: a=b\r\nCookie: c=d\r\n\r\n";
    RequestHead head;
    QCOMPARE(head.parse(viewOf(bytes)), ParseStatus::complete);
    QCOMPARE(head.error(), Http1Error::none);
    QCOMPARE(head.length(), viewOf(bytes).size());
    QCOMPARE(head.method(), Method::get);
    QCOMPARE(head.methodText(), std::string_view("GET"));
    QCOMPARE(head.target(), std::string_view("/a%20b/c?x=1&y=[2]"));
    QCOMPARE(head.path(), std::string_view("/a%20b/c"));
    QCOMPARE(head.query(), std::string_view("x=1&y=[2]"));
    QCOMPARE(head.authority(), std::string_view("Example.org:8080"));
    QCOMPARE(head.host(), std::string_view("Example.org"));
    QCOMPARE(head.minorVersion(), 1U);
    QVERIFY(head.keepAlive());
    QVERIFY(!head.body().hasBody());
    QCOMPARE(head.fieldCount(), std::size_t{7});
    QCOMPARE(head.name(2), std::string_view("X-Custom"));
    QCOMPARE(head.value(2), std::string_view("spaced"));
    QCOMPARE(head.line(2), std::string_view("X-Custom:\t spaced"));
    QCOMPARE(head.id(2), KnownField::other);
    QCOMPARE(head.id(3), KnownField::userAgent);
    QCOMPARE(head.value(4), std::string_view());
    QCOMPARE(head.find(KnownField::acceptEncoding).value(), std::string_view("gzip, br"));
    QCOMPARE(head.find(KnownField::cookie).value(), std::string_view("a=b"));
    QCOMPARE(head.find("x-custom").value(), std::string_view("spaced"));
    QVERIFY(!head.find("x-customs"));
    QVERIFY(!head.find(KnownField::range));
}

void Http1RequestTest::readsTargets_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<int>("form");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("query");
    QTest::addColumn<QByteArray>("authority");
    QTest::addColumn<QByteArray>("host");
    using Form = RequestHead::TargetForm;
    const auto row = [](const char *line, Form form, const char *path, const char *query, const char *authority,
                        const char *host) {
        QTest::newRow(line) << QByteArray(line) << static_cast<int>(form) << QByteArray(path) << QByteArray(query)
                            << QByteArray(authority) << QByteArray(host);
    };
    row("GET / HTTP/1.1", Form::origin, "/", "", "field", "field");
    row("GET /? HTTP/1.1", Form::origin, "/", "", "field", "field");
    row("GET /a?b?c HTTP/1.1", Form::origin, "/a", "b?c", "field", "field");
    row("GET //x/ HTTP/1.1", Form::origin, "//x/", "", "field", "field");
    row("GET http://target/p?q HTTP/1.1", Form::absolute, "/p", "q", "target", "target");
    row("GET HTTPS://target:8443/p HTTP/1.1", Form::absolute, "/p", "", "target:8443", "target");
    row("GET http://target HTTP/1.1", Form::absolute, "", "", "target", "target");
    row("GET http://target?q=/ HTTP/1.1", Form::absolute, "", "q=/", "target", "target");
    row("GET http://[::1]:80/ HTTP/1.1", Form::absolute, "/", "", "[::1]:80", "[::1]");
    row("OPTIONS * HTTP/1.1", Form::asterisk, "*", "", "field", "field");
    row("CONNECT target:443 HTTP/1.1", Form::authority, "", "", "target:443", "target");
}

void Http1RequestTest::readsTargets()
{
    QFETCH(QByteArray, line);
    QFETCH(QByteArray, authority);
    const QByteArray bytes = line + "\r\nHost: " + authority + "\r\n\r\n";
    RequestHead head;
    QCOMPARE(head.parse(viewOf(bytes)), ParseStatus::complete);
    QTEST(static_cast<int>(head.targetForm()), "form");
    QTEST(QByteArray::fromStdString(std::string(head.path())), "path");
    QTEST(QByteArray::fromStdString(std::string(head.query())), "query");
    QTEST(QByteArray::fromStdString(std::string(head.authority())), "authority");
    QTEST(QByteArray::fromStdString(std::string(head.host())), "host");
}

void Http1RequestTest::framesBodies_data()
{
    QTest::addColumn<QByteArray>("lines");
    QTest::addColumn<int>("kind");
    QTest::addColumn<quint64>("length");
    using Kind = BodyFraming::Kind;
    const auto row = [](const char *name, const char *lines, Kind kind, quint64 length) {
        QTest::newRow(name) << QByteArray(lines) << static_cast<int>(kind) << length;
    };
    row("none", "", Kind::none, 0);
    row("zero", "Content-Length: 0\r\n", Kind::length, 0);
    row("length", "content-length: 0012\r\n", Kind::length, 12);
    row("largest", "Content-Length: 922337203685477579\r\n", Kind::length, 922337203685477579U);
    row("chunked", "Transfer-Encoding: Chunked\r\n", Kind::chunked, 0);
}

void Http1RequestTest::framesBodies()
{
    QFETCH(QByteArray, lines);
    const QByteArray bytes = requestWith(lines);
    RequestHead head;
    QCOMPARE(head.parse(viewOf(bytes)), ParseStatus::complete);
    QTEST(static_cast<int>(head.body().kind), "kind");
    QTEST(static_cast<quint64>(head.body().length), "length");
}

void Http1RequestTest::decidesKeepAlive_data()
{
    QTest::addColumn<QByteArray>("version");
    QTest::addColumn<QByteArray>("lines");
    QTest::addColumn<bool>("keepAlive");
    QTest::newRow("1.1") << QByteArray("1.1") << QByteArray() << true;
    QTest::newRow("1.1 close") << QByteArray("1.1") << QByteArray("Connection: x, CLOSE\r\n") << false;
    QTest::newRow("1.1 both") << QByteArray("1.1") << QByteArray("Connection: keep-alive\r\nConnection: close\r\n")
                              << false;
    QTest::newRow("1.0") << QByteArray("1.0") << QByteArray() << false;
    QTest::newRow("1.0 keep") << QByteArray("1.0") << QByteArray("Connection: ,,Keep-Alive ,\r\n") << true;
    QTest::newRow("1.0 both") << QByteArray("1.0") << QByteArray("Connection: close, keep-alive\r\n") << false;
}

void Http1RequestTest::decidesKeepAlive()
{
    QFETCH(QByteArray, version);
    QFETCH(QByteArray, lines);
    const QByteArray bytes = "GET / HTTP/" + version + "\r\nHost: a\r\n" + lines + "\r\n";
    RequestHead head;
    QCOMPARE(head.parse(viewOf(bytes)), ParseStatus::complete);
    QTEST(head.keepAlive(), "keepAlive");
}

void Http1RequestTest::marksHopByHopFields()
{
    const QByteArray bytes =
        requestWith("X-Keep: 1\r\nX-Drop: 1\r\nConnection: x-drop, Upgrade\r\nUpgrade: websocket\r\n"
                    "TE: trailers\r\nKeep-Alive: 5\r\nx-drop: 2\r\nx-dro: 3\r\nX-Late: 4\r\n"
                    "Proxy-Connection: close\r\nConnection: x-late\r\nTransfer-Encoding: chunked\r\n");
    RequestHead head;
    QCOMPARE(head.parse(viewOf(bytes)), ParseStatus::complete);
    QByteArrayList forwarded;
    for (std::size_t i = 0; i < head.fieldCount(); ++i) {
        if (!head.hopByHop(i))
            forwarded += QByteArray::fromStdString(std::string(head.name(i)));
    }
    QCOMPARE(forwarded, QByteArrayList({"Host", "X-Keep", "x-dro"}));
    QVERIFY(head.hasUpgrade());

    const QByteArray unasked = requestWith("Upgrade: h2c\r\n");
    head.reset();
    QCOMPARE(head.parse(viewOf(unasked)), ParseStatus::complete);
    QVERIFY(!head.hasUpgrade());
}

void Http1RequestTest::limitsNominations()
{
    QByteArray names = "x";
    for (int i = 1; i < 32; ++i)
        names += ",x";
    RequestHead head;
    const QByteArray most = requestWith("Connection: " + names + "\r\n");
    QCOMPARE(head.parse(viewOf(most)), ParseStatus::complete);
    head.reset();
    const QByteArray more = requestWith("Connection: " + names + ",x\r\n");
    QCOMPARE(head.parse(viewOf(more)), ParseStatus::malformed);
    QCOMPARE(head.error(), Http1Error::badConnection);
}

void Http1RequestTest::expectsContinue()
{
    RequestHead head;
    const QByteArray modern = requestWith("Expect: 100-Continue\r\n");
    QCOMPARE(head.parse(viewOf(modern)), ParseStatus::complete);
    QVERIFY(head.expectContinue());
    head.reset();
    const QByteArray old = "POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n";
    QCOMPARE(head.parse(viewOf(old)), ParseStatus::complete);
    QVERIFY(!head.expectContinue());
}

void Http1RequestTest::acceptsOddButValid_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("leading empty line") << bytesOf("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    QTest::newRow("1.0 without Host") << bytesOf("GET / HTTP/1.0\r\n\r\n");
    QTest::newRow("obs-text value") << bytesOf("GET / HTTP/1.1\r\nHost: a\r\nX: \xc3\xbc\xff\r\n\r\n");
    QTest::newRow("tab in value") << bytesOf("GET / HTTP/1.1\r\nHost: a\r\nX: a\tb\r\n\r\n");
    QTest::newRow("odd method") << bytesOf("M-SEARCH!#$%&'*+.^_`|~ / HTTP/1.1\r\nHost: a\r\n\r\n");
    QTest::newRow("odd name") << bytesOf("GET / HTTP/1.1\r\nHost: a\r\n!#$%&'*+-.^_`|~09: x\r\n\r\n");
    QTest::newRow("odd target") << bytesOf("GET /a[1]|b;c=d:e@f!$&'()*+,~?{\"\\^`}"
                                           " HTTP/1.1\r\nHost: a\r\n\r\n")
                                       .replace('"', 'q');
    QTest::newRow("IPv6 host") << bytesOf("GET / HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n");
    QTest::newRow("host with empty port") << bytesOf("GET / HTTP/1.1\r\nHost: a:\r\n\r\n");
    QTest::newRow("lower-case get") << bytesOf("get / HTTP/1.1\r\nHost: a\r\n\r\n");
}

void Http1RequestTest::acceptsOddButValid()
{
    QFETCH(QByteArray, bytes);
    RequestHead head;
    QCOMPARE(head.parse(viewOf(bytes)), ParseStatus::complete);
    QCOMPARE(head.length(), viewOf(bytes).size());

    // However it is cut, it means the same.
    for (qsizetype cut = 0; cut < bytes.size(); ++cut) {
        RequestHead other;
        const QByteArray first = bytes.first(cut);
        QCOMPARE(other.parse(viewOf(first)), ParseStatus::needMore);
        QCOMPARE(other.parse(viewOf(bytes)), ParseStatus::complete);
        QCOMPARE(other.length(), head.length());
        QCOMPARE(other.fieldCount(), head.fieldCount());
        QCOMPARE(other.target(), head.target());
        QCOMPARE(other.authority(), head.authority());
        for (std::size_t i = 0; i < head.fieldCount(); ++i)
            QCOMPARE(other.line(i), head.line(i));
    }
}

void Http1RequestTest::refuses_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("error");
    using E = Http1Error;
    const auto whole = [](const char *name, const QByteArray &bytes, E error) {
        QTest::newRow(name) << bytes << static_cast<int>(error);
    };
    const auto line = [&whole](const char *name, const QByteArray &requestLine, E error) {
        whole(name, requestLine + "\r\nHost: a\r\n\r\n", error);
    };
    const auto fields = [&whole](const char *name, const QByteArray &lines, E error) {
        whole(name, requestWith(lines), error);
    };
    // The ends of lines.
    whole("bare LF after request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", E::bareLineFeed);
    fields("bare LF after field", "X: y\nZ: w\r\n", E::bareLineFeed);
    fields("bare CR in value", "X: y\rZ: w\r\n", E::bareCarriageReturn);
    fields("CR CR LF", "X: y\r\r\n", E::bareCarriageReturn);
    whole("bare LF as empty line", "GET / HTTP/1.1\r\nHost: a\r\n\n", E::bareLineFeed);
    whole("LF first", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", E::bareLineFeed);
    whole("two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", E::badMethod);
    fields("NUL in value", bytesOf("X: a\0b\r\n"), E::controlCharacter);
    fields("NUL in name", bytesOf("X\0: a\r\n"), E::controlCharacter);
    fields("ESC in value", "X: \x1b[0m\r\n", E::controlCharacter);
    fields("DEL in value", "X: \x7f\r\n", E::controlCharacter);
    fields("VT before chunked",
           "Transfer-Encoding: \x0b"
           "chunked\r\n",
           E::controlCharacter);
    // The request line.
    line("no method", " / HTTP/1.1", E::badMethod);
    line("method with colon", "GE:T / HTTP/1.1", E::badMethod);
    line("two spaces before target", "GET  / HTTP/1.1", E::badTarget);
    line("two spaces before version", "GET /  HTTP/1.1", E::badVersion);
    line("tab for space", "GET\t/ HTTP/1.1", E::badMethod);
    line("space at the end", "GET / HTTP/1.1 ", E::badVersion);
    line("space in target", "GET /a b HTTP/1.1", E::badVersion);
    line("HTTP/0.9", "GET /", E::badTarget);
    line("no target", "GET HTTP/1.1", E::badTarget);
    line("HTTP/2.0", "PRI * HTTP/2.0", E::unsupportedVersion);
    line("HTTP/1.x", "GET / HTTP/1.x", E::badVersion);
    line("HTTP/1.10", "GET / HTTP/1.10", E::badVersion);
    line("HTTP/01.1", "GET / HTTP/01.1", E::badVersion);
    line("http/1.1", "GET / http/1.1", E::badVersion);
    line("HTTP/1,1", "GET / HTTP/1,1", E::badVersion);
    // Targets.
    line("relative target", "GET index.html HTTP/1.1", E::badTarget);
    line("fragment", "GET /a#b HTTP/1.1", E::badTarget);
    line("quote", "GET /\"a HTTP/1.1", E::badTarget);
    line("angle", "GET /<a> HTTP/1.1", E::badTarget);
    line("backslash in path", "GET /a\\..\\b HTTP/1.1", E::badTarget);
    line("UTF-8 in target", "GET /\xc3\xbc HTTP/1.1", E::badTarget);
    line("asterisk of GET", "GET * HTTP/1.1", E::badTarget);
    line("asterisk and more", "OPTIONS *a HTTP/1.1", E::badTarget);
    line("other scheme", "GET ftp://a/ HTTP/1.1", E::badTarget);
    line("scheme without slashes", "GET http:a HTTP/1.1", E::badTarget);
    line("user in target", "GET http://user@a/ HTTP/1.1", E::badTarget);
    line("no host in target", "GET http:///p HTTP/1.1", E::badTarget);
    line("bad port in target", "GET http://a:99999/ HTTP/1.1", E::badTarget);
    line("CONNECT without port", "CONNECT a HTTP/1.1", E::badTarget);
    line("CONNECT with empty port", "CONNECT a: HTTP/1.1", E::badTarget);
    line("CONNECT to path", "CONNECT /a HTTP/1.1", E::badTarget);
    line("authority of GET", "GET a:443 HTTP/1.1", E::badTarget);
    // Host.
    whole("no Host", "GET / HTTP/1.1\r\n\r\n", E::missingHost);
    whole("absolute but no Host", "GET http://a/ HTTP/1.1\r\n\r\n", E::missingHost);
    fields("two Hosts", "Host: a\r\n", E::repeatedHost);
    whole("two Hosts in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", E::repeatedHost);
    for (const char *host :
         {"",       "a b", "a,b", "a/b", "a@b", "a:b", "a:65536", "a:-1",     "a%41",  "[::1",     "[::1]a",
          "[g::1]", "[]",  "::1", ":80", "a?",  "a#",  "a\\b",    "\xc3\xbc", "[1:2]", "[::1::2]", "[1.2.3.4]"})
        whole((QByteArray("Host ") + host).constData(), QByteArray("GET / HTTP/1.1\r\nHost: ") + host + "\r\n\r\n",
              E::badHost);
    whole("bad Host beside absolute target", "GET http://a/ HTTP/1.1\r\nHost: a b\r\n\r\n", E::badHost);
    whole("Host of another server than the target", "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", E::hostMismatch);
    whole("the same in 1.0", "GET http://a/ HTTP/1.0\r\nHost: b\r\n\r\n", E::hostMismatch);
    whole("Host on another port", "GET http://a:81/ HTTP/1.1\r\nHost: a\r\n\r\n", E::hostMismatch);
    whole("port of another scheme", "GET https://a/ HTTP/1.1\r\nHost: a:80\r\n\r\n", E::hostMismatch);
    // Names of fields.
    fields("space before colon", "X : y\r\n", E::spaceBeforeColon);
    fields("tab before colon", "X\t: y\r\n", E::spaceBeforeColon);
    fields("space before colon of length", "Content-Length : 5\r\n", E::spaceBeforeColon);
    fields("fold", "X: y\r\n z\r\n", E::foldedField);
    fields("fold with tab", "X: y\r\n\tz\r\n", E::foldedField);
    fields("fold of nothing", "X: y\r\n \r\n", E::foldedField);
    whole("white space before first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", E::foldedField);
    fields("empty name", ": y\r\n", E::badFieldName);
    fields("no colon", "Xy\r\n", E::badFieldName);
    fields("space in name", "X y: z\r\n", E::spaceBeforeColon);
    fields("UTF-8 in name", "\xc3\xbc: z\r\n", E::badFieldName);
    fields("parenthesis in name", "X(y): z\r\n", E::badFieldName);
    // Where the body ends: the smuggling family.
    fields("CL and TE", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", E::lengthAndTransferEncoding);
    fields("TE and CL", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", E::lengthAndTransferEncoding);
    fields("TE and CL 0", "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", E::lengthAndTransferEncoding);
    fields("two CL", "Content-Length: 5\r\nContent-Length: 6\r\n", E::repeatedContentLength);
    fields("two equal CL", "Content-Length: 5\r\ncontent-length: 5\r\n", E::repeatedContentLength);
    for (const char *length : {"", "5, 5", "5,5", "+5", "-5", "-0", "0x5", "5 5", "5;", "five", "5.0", "\"5\"",
                               "9223372036854775808", "18446744073709551621", "99999999999999999999999"})
        fields((QByteArray("CL ") + length).constData(), QByteArray("Content-Length: ") + length + "\r\n",
               E::badContentLength);
    for (const char *coding : {"", "identity", "gzip, chunked", "chunked, gzip", "chunked, chunked", "chunked,",
                               ",chunked", "chunked;q=1", "xchunked", "chunked x", "\"chunked\"", "chunke"})
        fields((QByteArray("TE ") + coding).constData(), QByteArray("Transfer-Encoding: ") + coding + "\r\n",
               E::badTransferEncoding);
    fields("two TE", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", E::repeatedTransferEncoding);
    fields("two TE, the second identity", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
           E::repeatedTransferEncoding);
    whole("TE in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", E::unexpectedTransferEncoding);
    // Connection.
    fields("Connection names Host", "Connection: close, hOST\r\n", E::badConnection);
    fields("Connection names Content-Length", "Connection: content-length\r\nContent-Length: 5\r\n", E::badConnection);
    fields("Connection with spaces", "Connection: a b\r\n", E::badConnection);
}

void Http1RequestTest::refuses()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, error);
    RequestHead head;
    QCOMPARE(head.parse(viewOf(bytes)), ParseStatus::malformed);
    QCOMPARE(static_cast<int>(head.error()), error);
    QVERIFY(!text(head.error()).empty());
    QCOMPARE(statusFor(head.error()), head.error() == Http1Error::unsupportedVersion ? 505U : 400U);

    // Byte by byte, it is refused for the same reason.
    RequestHead slow;
    ParseStatus status = ParseStatus::needMore;
    for (qsizetype size = 1; size <= bytes.size() && status == ParseStatus::needMore; ++size) {
        const QByteArray sofar = bytes.first(size);
        status = slow.parse(viewOf(sofar));
    }
    QCOMPARE(status, ParseStatus::malformed);
    QCOMPARE(static_cast<int>(slow.error()), error);
}

// A client that speaks something else must not be waited for until its deadline.
void Http1RequestTest::refusesAsSoonAsSeen_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("TLS") << bytesOf("\x16\x03\x01\x02");
    QTest::newRow("LF") << bytesOf("GET / HTTP/1.1\n");
    QTest::newRow("SSH") << bytesOf("SSH-2.0-OpenSSH_9.2\r\n");
    QTest::newRow("HTTP/2") << bytesOf("PRI * HTTP/2.0\r\n");
    QTest::newRow("fold") << bytesOf("GET / HTTP/1.1\r\nA: b\r\n c\r\n");
}

void Http1RequestTest::refusesAsSoonAsSeen()
{
    QFETCH(QByteArray, bytes);
    RequestHead head;
    QCOMPARE(head.parse(viewOf(bytes)), ParseStatus::malformed);
}

void Http1RequestTest::limitsSize()
{
    const QByteArray exact = requestWith("X: " + QByteArray(1000, 'x') + "\r\n");
    const auto limit = viewOf(exact).size();
    RequestHead head;
    QCOMPARE(head.parse(viewOf(exact), limit), ParseStatus::complete);
    head.reset();
    QCOMPARE(head.parse(viewOf(exact), limit - 1), ParseStatus::tooLarge);
    QCOMPARE(head.error(), Http1Error::headTooLarge);
    QCOMPARE(statusFor(head.error()), 431U);
    head.reset();
    QCOMPARE(head.parse(viewOf(exact).substr(0, limit - 1), limit), ParseStatus::needMore);

    // An endless first line is the target's fault.
    const QByteArray target = "GET /" + QByteArray(40000, 'a');
    head.reset();
    QCOMPARE(head.parse(viewOf(target)), ParseStatus::tooLarge);
    QCOMPARE(statusFor(head.error()), 414U);

    // Whatever the caller allows, offsets have 16 bits.
    const QByteArray huge = requestWith("X: " + QByteArray(70000, 'x') + "\r\n");
    head.reset();
    QCOMPARE(head.parse(viewOf(huge), 1000000), ParseStatus::tooLarge);

    head.reset();
    const QByteArray longName = requestWith(QByteArray(256, 'x') + ": y\r\n");
    QCOMPARE(head.parse(viewOf(longName)), ParseStatus::tooLarge);
    QCOMPARE(head.error(), Http1Error::fieldNameTooLarge);
    head.reset();
    const QByteArray longestName = requestWith(QByteArray(255, 'x') + ": y\r\n");
    QCOMPARE(head.parse(viewOf(longestName)), ParseStatus::complete);
}

void Http1RequestTest::limitsFields()
{
    QByteArray lines;
    for (std::size_t i = 1; i < Http1Head::kMaxFields; ++i)
        lines += "X: y\r\n";
    RequestHead head;
    const QByteArray most = requestWith(lines);
    QCOMPARE(head.parse(viewOf(most)), ParseStatus::complete);
    QCOMPARE(head.fieldCount(), Http1Head::kMaxFields);
    head.reset();
    const QByteArray more = requestWith(lines + "X: y\r\n");
    QCOMPARE(head.parse(viewOf(more)), ParseStatus::tooLarge);
    QCOMPARE(head.error(), Http1Error::tooManyFields);
}

void Http1RequestTest::leavesPipelinedBytes()
{
    const QByteArray first = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n";
    const QByteArray both = first + "GET /2 HTTP/1.1\r\nHost: b\r\n\r\n";
    RequestHead head;
    QCOMPARE(head.parse(viewOf(both)), ParseStatus::complete);
    QCOMPARE(head.length(), viewOf(first).size());
    const std::string_view rest = viewOf(both).substr(head.length());
    head.reset();
    QCOMPARE(head.parse(rest), ParseStatus::complete);
    QCOMPARE(head.target(), std::string_view("/2"));
    QCOMPARE(head.host(), std::string_view("b"));
}

// The buffer grows and moves while a head arrives, and once more when it is complete.
void Http1RequestTest::survivesMoving()
{
    const std::string bytes = "GET /moved?1 HTTP/1.1\r\nHost: a:1\r\nX: y\r\n\r\n";
    RequestHead head;
    for (std::size_t size = 1; size <= bytes.size(); ++size) {
        const std::string sofar = bytes.substr(0, size);
        QCOMPARE(head.parse(sofar), size == bytes.size() ? ParseStatus::complete : ParseStatus::needMore);
    }
    const RequestHead copy = head;
    const std::string moved = bytes;
    head.rebase(moved.data());
    QCOMPARE(head.path(), std::string_view("/moved"));
    QCOMPARE(head.query(), std::string_view("1"));
    QCOMPARE(head.host(), std::string_view("a"));
    QCOMPARE(head.find("x").value(), std::string_view("y"));
    QCOMPARE(copy.length(), bytes.size());
}

// The scan goes by blocks: no place in a block may be blind.
void Http1RequestTest::hostMayLeaveOutTheSchemesPort()
{
    for (const char *text : {"GET http://Example.org:80/ HTTP/1.1\r\nHost: example.ORG\r\n\r\n",
                             "GET http://example.org/ HTTP/1.1\r\nHost: example.org:80\r\n\r\n",
                             "GET https://example.org/ HTTP/1.1\r\nHost: example.org:443\r\n\r\n",
                             "GET http://example.org:/ HTTP/1.1\r\nHost: example.org\r\n\r\n"}) {
        RequestHead head;
        QCOMPARE(head.parse(text), ParseStatus::complete);
    }
}

void Http1RequestTest::controlCharactersAreFoundAtEveryPlace()
{
    const QByteArray clean = requestWith("X: " + QByteArray(64, 'v') + "\r\n");
    const qsizetype value = clean.indexOf('v');
    for (qsizetype i = 0; i < 64; ++i) {
        for (int c = 0; c < 256; ++c) {
            QByteArray bytes = clean;
            bytes[value + i] = static_cast<char>(c);
            RequestHead head;
            const bool allowed = c == '\t' || (c >= 0x20 && c != 0x7f);
            QCOMPARE(head.parse(viewOf(bytes)), allowed ? ParseStatus::complete : ParseStatus::malformed);
        }
    }
}

QTEST_APPLESS_MAIN(Http1RequestTest)
#include "http1_request_test.moc"
