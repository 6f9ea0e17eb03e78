// SPDX-License-Identifier: GPL-3.0-or-later
// Values as JSON, heads as they come in, errors as answers.
#include "apphost/answers.h"
#include "apphost/head_scanner.h"
#include "apphost/json_text.h"

#include <QDateTime>
#include <QTest>

#include <limits>

using namespace mainstay;
using namespace mainstay::apphost;

namespace {

std::string json(const QVariant &value, bool isDecimal = false, bool isJson = false)
{
    std::string text;
    appendJsonValue(text, value, {"c", isDecimal, isJson});
    return text;
}

} // namespace

class TextTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void writesValues()
    {
        QCOMPARE(json({}), std::string("null"));
        QCOMPARE(json(true), std::string("true"));
        QCOMPARE(json(qlonglong(9007199254740993)), std::string("9007199254740993"));
        QCOMPARE(json(0.1), std::string("0.1"));
        QCOMPARE(json(std::numeric_limits<double>::infinity()), std::string("null"));
        QCOMPARE(json(QStringLiteral("a\"\\\n\x01é")), std::string("\"a\\\"\\\\\\n\\u0001é\""));
        QCOMPARE(json(QByteArray("\0\xff", 2)), std::string("\"AP8=\""));
        QCOMPARE(json(QStringLiteral("12.50"), true), std::string("12.50"));
        QCOMPARE(json(QStringLiteral("NaN"), true), std::string("\"NaN\""));
        QCOMPARE(json(QStringLiteral("012"), true), std::string("\"012\""));
        QCOMPARE(json(QStringLiteral("1e20"), true), std::string("1e20"));
        QCOMPARE(json(QStringLiteral("-1.5E-05"), true), std::string("-1.5E-05"));
        for (const char *none : {"1e400", "1e", "e5", "1e+", "-e1", "1.e5", "1e5.0", "1e5e5", "-"})
            QCOMPARE(json(QString::fromUtf8(none), true), '"' + std::string(none) + '"');
        QCOMPARE(json(QStringLiteral("12.50")), std::string("\"12.50\""));
        QCOMPARE(json(QStringLiteral("{\"a\":1}"), false, true), std::string("{\"a\":1}"));
        QCOMPARE(json(QDate(2024, 2, 29)), std::string("\"2024-02-29\""));
    }

    void scansHeads()
    {
        HeadScanner scanner;
        scanner.add("POST / HTTP/1.1\r\ncontent-LENGTH: 5\r\nContent-Length:  70 \r\nConnec");
        QVERIFY(!scanner.isComplete());
        scanner.add("tion: keep-alive, Close\r");
        scanner.add("\n\r\nbody");
        QVERIFY(scanner.isComplete());
        QCOMPARE(scanner.contentLength(), std::size_t(70));
        QVERIFY(scanner.wantsClose());
        QVERIFY(!scanner.expectsContinue());
        HeadScanner twice;
        twice.add("GET / HTTP/1.1\r\nConnection: keep-alive\r\nconnection: CLOSE\r\n\r\n");
        QVERIFY(twice.wantsClose());
        HeadScanner odd;
        odd.add("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n");
        QCOMPARE(odd.contentLength(), std::numeric_limits<std::size_t>::max());
        HeadScanner endless;
        endless.add(std::string(HeadScanner::kMaxHead + 10, 'x'));
        QVERIFY(endless.isTooLong());
    }

    void answersErrors()
    {
        const auto status = [](const char *code) { return databaseAnswer({code, "secret detail", ""}).status; };
        QCOMPARE(status("database.timeout"), 504);
        QCOMPARE(status("database.locked"), 503);
        QCOMPARE(status("database.unreachable"), 503);
        QCOMPARE(status("secret.exposed"), 503);
        QCOMPARE(status("database.constraint"), 409);
        QCOMPARE(status("database.statement"), 500);
        const Response response = databaseAnswer({"database.lost", "secret detail", ""});
        QVERIFY(response.body.find("secret") == std::string::npos);
        QVERIFY(header(response.headers, "retry-after"));
    }
};

QTEST_APPLESS_MAIN(TextTest)
#include "text_test.moc"
