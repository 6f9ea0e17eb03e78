// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever a client sends, a line stays one line and a value ends where the format says; and which lines are written.
#include "logs/access_line.h"
#include "logs/escaping.h"
#include "logs/request_log.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <algorithm>
#include <cstdio>
#include <string>

using namespace mainstay;
using namespace mainstay::logs;

namespace {

constexpr std::int64_t kMillis = 971211336'789; // 10 Oct 2000 20:55:36 UTC

class Fields final : public HeadFields {
public:
    Fields(std::string name, std::string value) : m_name(std::move(name)), m_value(std::move(value)) {}
    [[nodiscard]] std::string_view find(std::string_view name) const override
    {
        return name == m_name ? std::string_view(m_value) : std::string_view();
    }

private:
    std::string m_name;
    std::string m_value;
};

const PeerAddress &upstream()
{
    static const PeerAddress address = Endpoint::parse("10.0.0.5:8080").value();
    return address;
}

AccessRecord sampleRecord()
{
    AccessRecord record;
    record.client = IpAddress::parse("192.0.2.7").value();
    record.method = "GET";
    record.target = "/a/b?c=d";
    record.path = "/a/b";
    record.query = "c=d";
    record.protocol = "HTTP/1.1";
    record.host = "www.example.org";
    record.site = "shop";
    record.status = 200;
    record.bytes = 2326;
    record.bytesIn = 17;
    record.userAgent = "curl/7.88";
    record.upstream = &upstream();
    record.isEncrypted = true;
    record.micros = 12'345;
    record.phases = {1500, 0, 250, 9'000, 3'095};
    return record;
}

std::string lineOf(std::string_view format, const AccessRecord &record)
{
    std::string line;
    AccessDate date;
    LineFormat(format).append(line, record, kMillis, date);
    return line;
}

// All that a client decides.
void fillWith(AccessRecord &record, std::string_view text)
{
    record.method = record.target = record.path = record.query = record.protocol = record.host = record.referer =
        record.userAgent = text;
}

} // namespace

class LineFormatTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void escapesEachByteWhereverItIs();
    void placeholders_data();
    void placeholders();
    void timed();
    void json();
    void nothingIsADash();
    void noByteEndsALineOrValue();
    void whatStandsBehindAValueIsEscapedInIt();
    void jsonOfAnyBytes_data();
    void jsonOfAnyBytes();
    void malformedTemplates_data();
    void malformedTemplates();
    void selection();
};

void LineFormatTest::escapesEachByteWhereverItIs()
{
    const std::string around = "abcdefghijklmnopqrst"; // more than two of the words that are looked at as one
    for (int c = 0; c < 256; ++c) {
        const bool isPlain = c >= ' ' && c < 0x7f && c != '"' && c != '\\' && c != '|';
        char escape[5];
        std::snprintf(escape, sizeof escape, "\\x%02X", c);
        const std::string odd(1, static_cast<char>(c));
        for (std::size_t at = 0; at <= around.size(); ++at) {
            std::string text = around, expected = around, line;
            text.insert(at, odd + odd);
            expected.insert(at, isPlain ? odd + odd : std::string(escape) + escape);
            appendEscaped(line, text, '|');
            QCOMPARE(line, expected);
        }
    }
}

void LineFormatTest::placeholders_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("line");
    const auto row = [](const char *format, const char *line) {
        QTest::newRow(format) << QString::fromLatin1(format) << QString::fromLatin1(line);
    };
    row("{client} {method} {path} {status} {bytes} {time_ms}", "192.0.2.7 GET /a/b 200 2326 12.345");
    row("{time}", "10/Oct/2000:20:55:36 +0000");
    row("{time_iso} {time_unix}", "2000-10-10T20:55:36.789Z 971211336.789");
    row("\"{line}\" {target} {query} {protocol}", "\"GET /a/b?c=d HTTP/1.1\" /a/b?c=d c=d HTTP/1.1");
    row("{scheme}://{host}{target} of {site} by {upstream}",
        "https://www.example.org/a/b?c=d of shop by 10.0.0.5:8080");
    row("{tls_ms} {wait_ms} {connect_ms} {first_byte_ms} {last_byte_ms}", "1.500 0.000 0.250 9.000 3.095");
    row("{bytes_in}/{sample}", "17/1");
    row("{{{status}}}", "{200}");
    row("{request_header:Accept-Language}|{request_header:X-None}", "de-DE|-");
    row("\"{referer}\" \"{user_agent}\"", "\"-\" \"curl/7.88\"");
}

void LineFormatTest::placeholders()
{
    QFETCH(QString, format);
    QFETCH(QString, line);
    AccessRecord record = sampleRecord();
    const Fields fields("Accept-Language", "de-DE");
    record.fields = &fields;
    QCOMPARE(QString::fromStdString(lineOf(format.toStdString(), record)), line + QLatin1Char('\n'));
}

void LineFormatTest::timed()
{
    QCOMPARE(lineOf("timed", sampleRecord()),
             std::string("192.0.2.7 - - [10/Oct/2000:20:55:36 +0000] \"GET /a/b?c=d HTTP/1.1\" 200 2326 \"-\" "
                         "\"curl/7.88\" 12.345 1.500 0.000 0.250 9.000 3.095 10.0.0.5:8080\n"));
}

void LineFormatTest::json()
{
    const std::string line = lineOf("json", sampleRecord());
    QCOMPARE(QString::fromStdString(line),
             QStringLiteral("{\"time\":\"2000-10-10T20:55:36.789Z\",\"client\":\"192.0.2.7\",\"method\":\"GET\","
                            "\"target\":\"/a/b?c=d\",\"protocol\":\"HTTP/1.1\",\"scheme\":\"https\","
                            "\"host\":\"www.example.org\",\"site\":\"shop\",\"status\":200,\"bytes\":2326,"
                            "\"bytes_in\":17,\"time_ms\":12.345,\"tls_ms\":1.500,\"wait_ms\":0.000,"
                            "\"connect_ms\":0.250,\"first_byte_ms\":9.000,\"last_byte_ms\":3.095,"
                            "\"upstream\":\"10.0.0.5:8080\",\"user_agent\":\"curl/7.88\"}\n"));
    AccessRecord refused;
    refused.client = IpAddress::parse("2001:db8::1").value();
    refused.refusedLine = "\x16\x03\x01";
    refused.status = 400;
    QCOMPARE(QString::fromStdString(lineOf("json", refused)),
             QStringLiteral("{\"time\":\"2000-10-10T20:55:36.789Z\",\"client\":\"2001:db8::1\","
                            "\"line\":\"\\u0016\\u0003\\u0001\",\"scheme\":\"http\",\"status\":400,\"bytes\":0,"
                            "\"bytes_in\":0,\"time_ms\":0.000}\n"));
}

void LineFormatTest::nothingIsADash()
{
    AccessRecord record;
    record.status = 499;
    QCOMPARE(lineOf("{host} {upstream} {connect_ms} \"{line}\" {request_header:A}", record),
             std::string("- - - \"-\" -\n"));
}

// For every byte, in every format and everywhere a client can put one.
void LineFormatTest::noByteEndsALineOrValue()
{
    AccessRecord record = sampleRecord();
    for (int c = 0; c < 256; ++c) {
        const std::string odd(1, static_cast<char>(c));
        fillWith(record, odd);
        const Fields fields("A", odd);
        record.fields = &fields;
        const auto isSafe = [](char byte) { return byte >= ' ' && byte < 0x7f; };

        const std::string columns = lineOf("{method} {path} {host} {user_agent} {request_header:A} {status}", record);
        QVERIFY2(std::all_of(columns.begin(), columns.end() - 1, isSafe), columns.c_str());
        QCOMPARE(std::count(columns.begin(), columns.end(), ' '), 5);
        const std::string quoted = lineOf("\"{method}\" \"{line}\" \"{referer}\"", record);
        QVERIFY(std::all_of(quoted.begin(), quoted.end() - 1, isSafe));
        QCOMPARE(std::count(quoted.begin(), quoted.end(), '"'), 6);
        const std::string timed = lineOf("timed", record);
        QCOMPARE(std::count(timed.begin(), timed.end(), '"'), 6);
        QVERIFY(timed.ends_with(" 12.345 1.500 0.000 0.250 9.000 3.095 10.0.0.5:8080\n"));
        const std::string json = lineOf("json", record);
        QCOMPARE(std::count(json.begin(), json.end(), '\n'), 1);
        QVERIFY(std::all_of(json.begin(), json.end() - 1,
                            [](char byte) { return static_cast<unsigned char>(byte) >= ' '; }));
        const QJsonDocument parsed = QJsonDocument::fromJson(QByteArray::fromStdString(json));
        QVERIFY2(parsed.isObject(), json.c_str());
        QCOMPARE(parsed.object().value(QLatin1String("status")).toInt(), 200);
        if (c < 0x80)
            QCOMPARE(parsed.object().value(QLatin1String("user_agent")).toString(), QString(QChar(c)));
    }
}

void LineFormatTest::whatStandsBehindAValueIsEscapedInIt()
{
    AccessRecord record = sampleRecord();
    record.userAgent = "a b|c;200\td\"";
    QCOMPARE(lineOf("{user_agent}|{status}", record), std::string("a b\\x7Cc;200\\x09d\\x22|200\n"));
    QCOMPARE(lineOf("{user_agent};{status}", record), std::string("a b|c\\x3B200\\x09d\\x22;200\n"));
    QCOMPARE(lineOf("{user_agent} {status}", record), std::string("a\\x20b|c;200\\x09d\\x22 200\n"));
    QCOMPARE(lineOf("{user_agent}{status} x", record), std::string("a\\x20b|c;200\\x09d\\x22200 x\n"));
    // As it is, at the end and in quotes: neither a space nor the other ends it there.
    QCOMPARE(lineOf("{status} {user_agent}", record), std::string("200 a b|c;200\\x09d\\x22\n"));
    QCOMPARE(lineOf("\"{user_agent}\"", record), std::string("\"a b|c;200\\x09d\\x22\"\n"));
}

void LineFormatTest::jsonOfAnyBytes_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("text");
    const auto row = [](const char *name, const char *bytes, const QString &text) {
        QTest::newRow(name) << QByteArray(bytes) << text;
    };
    row("quotes", "a\"b\\c", QStringLiteral("a\"b\\c"));
    row("forged member", "x\",\"status\":200,\"y\":\"", QStringLiteral("x\",\"status\":200,\"y\":\""));
    row("forged line", "x\"}\n{\"status\":200}", QStringLiteral("x\"}\n{\"status\":200}"));
    row("umlaut", "\xc3\xbc", QStringLiteral("\u00fc"));
    row("beyond 16 bits", "\xf0\x9f\x98\x80", QString::fromUcs4(U"\U0001F600", 1));
    row("lone byte",
        "a\xff"
        "b",
        QStringLiteral("a\ufffdb"));
    row("cut short", "a\xe2\x82", QStringLiteral("a\ufffd\ufffd"));
    row("overlong", "\xc0\xaf", QStringLiteral("\ufffd\ufffd"));
    row("overlong of three", "\xe0\x80\xaf", QStringLiteral("\ufffd\ufffd\ufffd"));
    row("surrogate", "\xed\xa0\x80", QStringLiteral("\ufffd\ufffd\ufffd"));
    row("beyond Unicode", "\xf4\x90\x80\x80", QStringLiteral("\ufffd\ufffd\ufffd\ufffd"));
    row("terminal", "\x1b[31m\x7f", QStringLiteral("\x1b[31m\x7f"));
    row("C1 control", "\xc2\x9b", QString(QChar(0x9b)));
    row("line separator", "\xe2\x80\xa8", QString(QChar(0x2028)));
    row("right to left", "\xe2\x80\xae", QString(QChar(0x202e)));
}

void LineFormatTest::jsonOfAnyBytes()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, text);
    AccessRecord record = sampleRecord();
    const std::string sent = bytes.toStdString();
    record.userAgent = sent;
    const std::string line = lineOf("json", record);
    const QByteArray raw = QByteArray::fromStdString(line);
    QCOMPARE(QString::fromUtf8(raw).toUtf8(), raw); // UTF-8, whatever came
    QCOMPARE(QJsonDocument::fromJson(raw).object().value(QLatin1String("user_agent")).toString(), text);
    for (const QChar c : QString::fromUtf8(raw).trimmed())
        QVERIFY(c >= QLatin1Char(' ') && c != QChar(0x7f) && (c < QChar(0x80) || c > QChar(0x9f)) &&
                c != QChar(0x2028) && c != QChar(0x202e));
}

void LineFormatTest::malformedTemplates_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("fault");
    using Fault = config::LogTemplate::Fault;
    const auto row = [](const char *text, Fault fault) {
        QTest::newRow(text) << QString::fromLatin1(text) << static_cast<int>(fault);
    };
    row("{client}", Fault::none);
    row("{{}} {client}", Fault::none);
    row("{clent}", Fault::unknownName);
    row("{client} {}", Fault::unknownName);
    row("client", Fault::noPlaceholder);
    row("{{client}}", Fault::noPlaceholder);
    row("{client", Fault::brace);
    row("client}", Fault::brace);
    row("{client}\n{status}", Fault::controlCharacter);
    row("{client:x}", Fault::headerName);
    row("{request_header}", Fault::headerName);
    row("{request_header:}", Fault::headerName);
    row("{request_header:A B}", Fault::headerName);
    row("{request_header:A\"}", Fault::headerName);
}

void LineFormatTest::malformedTemplates()
{
    QFETCH(QString, text);
    QFETCH(int, fault);
    const config::LogTemplate parsed = config::parseLogTemplate(text.toStdString());
    QCOMPARE(static_cast<int>(parsed.fault), fault);
    QCOMPARE(parsed.pieces.empty(), fault != 0);
}

void LineFormatTest::selection()
{
    const auto record = [](unsigned status, std::int64_t micros) {
        AccessRecord one = sampleRecord();
        one.status = status;
        one.micros = micros;
        return one;
    };
    const Selection all{Selection::Which::all, 1, 1000};
    QVERIFY(all.takes(record(200, 1), 0) && all.takes(record(500, 5000), 1));
    const Selection sampled{Selection::Which::all, 10, 1000};
    int taken = 0;
    for (std::uint32_t draw = 0; draw < 1000; ++draw)
        taken += sampled.takes(record(200, 1), draw) ? 1 : 0;
    QCOMPARE(taken, 100);
    QCOMPARE(sampled.weight(record(200, 1)), 10U);
    for (std::uint32_t draw = 1; draw < 10; ++draw) {
        QVERIFY(!sampled.takes(record(399, 999), draw));
        QVERIFY(sampled.takes(record(404, 1), draw) && sampled.takes(record(499, 1), draw));
        QVERIFY(sampled.takes(record(200, 1000), draw));
        QVERIFY(!sampled.takes(record(101, 5000), draw)); // a WebSocket is not slow
    }
    QCOMPARE(sampled.weight(record(500, 1)), 1U);
    QCOMPARE(sampled.weight(record(200, 1000)), 1U);
    const Selection slow{Selection::Which::slow, 1, 1000};
    QVERIFY(slow.takes(record(200, 1000), 0) && !slow.takes(record(500, 999), 0) && !slow.takes(record(101, 5000), 0));
    const Selection errors{Selection::Which::errors, 1, 1000};
    QVERIFY(errors.takes(record(400, 1), 0) && !errors.takes(record(304, 5000), 0));
}

QTEST_APPLESS_MAIN(LineFormatTest)
#include "line_format_test.moc"
