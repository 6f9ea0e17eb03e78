// SPDX-License-Identifier: GPL-3.0-or-later
// Lines out of a stream, requests and answers out of lines.
#include "rpc/frame.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace mainstay;
using rpc::FrameReader;

class FrameTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void linesInAnyPieces();
    void boundedLine();
    void requests();
    void refusals_data();
    void refusals();
    void depth();
    void answersRoundTrip();
    void errorsRoundTrip();
    void answersThatDoNotFit_data();
    void answersThatDoNotFit();
};

void FrameTest::linesInAnyPieces()
{
    const QByteArray text = "one\n\n \r\ntwo\nthree\nunfinished";
    for (qsizetype piece = 1; piece <= text.size(); ++piece) {
        FrameReader reader(100);
        QList<QByteArray> lines;
        QByteArray line;
        for (qsizetype at = 0; at < text.size(); at += piece) {
            reader.append(QByteArrayView(text).sliced(at, qMin(piece, text.size() - at)));
            while (reader.next(line) == FrameReader::Status::frame)
                lines << line;
        }
        QCOMPARE(lines, QList<QByteArray>({"one", "two", "three"}));
    }
}

void FrameTest::boundedLine()
{
    FrameReader reader(8);
    QByteArray line;
    reader.append("12345678\n");
    QCOMPARE(reader.next(line), FrameReader::Status::frame);
    QCOMPARE(line, QByteArray("12345678"));
    reader.append("12345678");
    QCOMPARE(reader.next(line), FrameReader::Status::needMore);
    reader.append("9");
    QCOMPARE(reader.next(line), FrameReader::Status::tooLarge);
    reader.append("\nok\n");
    QCOMPARE(reader.next(line), FrameReader::Status::tooLarge);
}

void FrameTest::requests()
{
    const auto parse = [](const char *text) { return std::get<rpc::RequestFrame>(rpc::parseRequest(text)); };

    auto request = parse(R"({"jsonrpc": "2.0", "id": 7, "method": "a.b", "params": {"c": [1, "]"]}})");
    QCOMPARE(request.id, QJsonValue(7));
    QCOMPARE(request.method, std::string("a.b"));
    QCOMPARE(request.params.value(QLatin1String("c")).toArray().size(), 2);

    QCOMPARE(parse(R"({"jsonrpc": "2.0", "id": "x", "method": "m"})").id, QJsonValue(QStringLiteral("x")));
    QVERIFY(!parse(R"({"jsonrpc": "2.0", "id": null, "method": "m"})").isNotification());
    QVERIFY(parse(R"({"jsonrpc": "2.0", "method": "m", "params": []})").isNotification());
}

void FrameTest::refusals_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QByteArray>("id");
    const auto row = [](const char *name, const char *line, const char *code, const char *id) {
        QTest::newRow(name) << QByteArray(line) << QString::fromUtf8(code) << QByteArray(id);
    };
    row("no JSON", "status", "rpc.parse-error", "null");
    row("cut short", R"({"jsonrpc": "2.0", "id": 1, "method": "m")", "rpc.parse-error", "null");
    row("two on a line", R"({"jsonrpc": "2.0", "id": 1, "method": "m"} {})", "rpc.parse-error", "null");
    row("no UTF-8", "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"\xff\"}", "rpc.parse-error", "null");
    row("batch", R"([{"jsonrpc": "2.0", "id": 1, "method": "m"}])", "rpc.invalid-request", "null");
    row("no version", R"({"id": 1, "method": "m"})", "rpc.invalid-request", "1");
    row("version 1", R"({"jsonrpc": "1.0", "id": 1, "method": "m"})", "rpc.invalid-request", "1");
    row("version as number", R"({"jsonrpc": 2.0, "id": 1, "method": "m"})", "rpc.invalid-request", "1");
    row("no method", R"({"jsonrpc": "2.0", "id": "a"})", "rpc.invalid-request", "\"a\"");
    row("method no text", R"({"jsonrpc": "2.0", "id": 1, "method": 1})", "rpc.invalid-request", "1");
    row("id an object", R"({"jsonrpc": "2.0", "id": {}, "method": "m"})", "rpc.invalid-request", "null");
    row("id true", R"({"jsonrpc": "2.0", "id": true, "method": "m"})", "rpc.invalid-request", "null");
    row("positional", R"({"jsonrpc": "2.0", "id": 1, "method": "m", "params": [1]})", "rpc.invalid-params", "1");
    row("params a number", R"({"jsonrpc": "2.0", "id": 1, "method": "m", "params": 1})", "rpc.invalid-request", "1");
}

void FrameTest::refusals()
{
    QFETCH(QByteArray, line);
    QFETCH(QString, code);
    QFETCH(QByteArray, id);
    const auto refused = std::get<rpc::RefusedFrame>(rpc::parseRequest(line));
    QCOMPARE(QString::fromStdString(refused.error.code), code);
    QCOMPARE(QJsonDocument(QJsonArray{refused.id}).toJson(QJsonDocument::Compact), '[' + id + ']');
}

void FrameTest::depth()
{
    const auto nested = [](qsizetype lists) {
        return QByteArray(R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"x":)") + QByteArray(lists, '[') +
               QByteArray(lists, ']') + "}}";
    };
    QVERIFY(std::holds_alternative<rpc::RequestFrame>(rpc::parseRequest(nested(rpc::kMaxDepth - 2))));
    const auto refused = rpc::parseRequest(nested(rpc::kMaxDepth - 1));
    QCOMPARE(std::get<rpc::RefusedFrame>(refused).error.code, std::string("rpc.parse-error"));
    QVERIFY(std::holds_alternative<rpc::RefusedFrame>(rpc::parseRequest(QByteArray(1'000'000, '['))));
    const QByteArray text = R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"x":"\")" + QByteArray(200, '[') + "\"}}";
    QVERIFY(std::holds_alternative<rpc::RequestFrame>(rpc::parseRequest(text)));
}

void FrameTest::answersRoundTrip()
{
    const QByteArray line = rpc::answerFrame(3, QJsonValue(QStringLiteral("a\nb")));
    QCOMPARE(line.count('\n'), 1);
    auto parsed = rpc::parseAnswer(line);
    QVERIFY(parsed);
    auto answer = std::get<rpc::AnswerFrame>(*parsed);
    QCOMPARE(answer.id, QJsonValue(3));
    QVERIFY(answer.result);
    QCOMPARE(*answer.result, QJsonValue(QStringLiteral("a\nb")));

    parsed = rpc::parseAnswer(rpc::notificationFrame("stream", {{QLatin1String("x"), 1}}));
    QVERIFY(parsed);
    QCOMPARE(std::get<rpc::NotificationFrame>(*parsed).method, std::string("stream"));
}

void FrameTest::errorsRoundTrip()
{
    const Error error{"server.unknown", "there is no server `x`", "known: `a`"};
    auto parsed = rpc::parseAnswer(rpc::answerFrame(QStringLiteral("q"), tl::unexpected<Error>(error)));
    QVERIFY(parsed);
    QCOMPARE(std::get<rpc::AnswerFrame>(*parsed).result.error(), error);

    const auto number = [](const char *code) {
        return rpc::errorToJson({code, {}, {}}).value(QLatin1String("code")).toInt();
    };
    QCOMPARE(number("rpc.parse-error"), -32700);
    QCOMPARE(number("rpc.invalid-request"), -32600);
    QCOMPARE(number("rpc.method-not-found"), -32601);
    QCOMPARE(number("rpc.invalid-params"), -32602);
    QCOMPARE(number("rpc.internal-error"), -32603);
    QCOMPARE(number("server.unknown"), -32000);
}

void FrameTest::answersThatDoNotFit_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::newRow("no JSON") << QByteArray("HTTP/1.1 400 Bad Request");
    QTest::newRow("neither") << QByteArray(R"({"jsonrpc": "2.0", "id": 1})");
    QTest::newRow("both") << QByteArray(R"({"jsonrpc": "2.0", "id": 1, "result": 1, "error": {}})");
    QTest::newRow("no id") << QByteArray(R"({"jsonrpc": "2.0", "result": 1})");
    QTest::newRow("another protocol") << QByteArray(R"({"id": 1, "result": 1})");
}

void FrameTest::answersThatDoNotFit()
{
    QFETCH(QByteArray, line);
    const auto parsed = rpc::parseAnswer(line);
    QVERIFY(!parsed);
    QCOMPARE(parsed.error().code, std::string("rpc.invalid-answer"));
}

QTEST_APPLESS_MAIN(FrameTest)
#include "frame_test.moc"
