// SPDX-License-Identifier: GPL-3.0-or-later
// Records to an application and back.
#include "support/fastcgi_records.h"
#include "wire/fastcgi.h"

#include <QTest>

#include <array>
#include <string>
#include <vector>

using namespace mainstay;
using namespace mainstay::tests::fastcgi;
using wire::FastcgiDecoder;
using wire::FastcgiWriter;
using wire::ParseStatus;

namespace {

struct Decoded {
    ParseStatus status = ParseStatus::needMore;
    std::size_t consumed = 0;
    std::string output;
    std::string errors;
    FastcgiDecoder::Ending ending{};

    friend bool operator==(const Decoded &, const Decoded &) = default;
};

// In pieces of this size.
Decoded decode(std::string_view bytes, std::size_t piece = 1'000'000)
{
    FastcgiDecoder decoder;
    Decoded decoded;
    while (decoded.status == ParseStatus::needMore && decoded.consumed < bytes.size()) {
        const FastcgiDecoder::Step step = decoder.feed(bytes.substr(decoded.consumed, piece));
        decoded.status = step.status;
        decoded.consumed += step.consumed;
        if (step.stream == FastcgiDecoder::Stream::output)
            decoded.output += step.data;
        if (step.stream == FastcgiDecoder::Stream::errors)
            decoded.errors += step.data;
    }
    decoded.ending = decoder.ending();
    return decoded;
}

} // namespace

class FastcgiTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void writesRequests()
    {
        std::array<char, 256> out{};
        FastcgiWriter writer(out);
        writer.param("A", "bc");
        writer.beginParam(4, 3);
        for (const char *part : {"NA", "ME", "x", "", "yz"})
            writer.append(part);
        writer.endParams();
        QVERIFY(writer.ok());
        const auto header = wire::fastcgi::bodyHeader(3);
        std::string bytes(out.data(), writer.size());
        QCOMPARE(bytes.size() % 8, std::size_t{0});
        bytes.append(header.data(), header.size()).append("one").append(wire::fastcgi::bodyEnd());
        const auto request = requestIn(bytes);
        QVERIFY(request.has_value());
        QCOMPARE(request->params, (Params{{"A", "bc"}, {"NAME", "xyz"}}));
        QCOMPARE(request->body, std::string("one"));
        QCOMPARE(request->size, bytes.size());
    }

    void writesLengths_data()
    {
        QTest::addColumn<int>("length");
        for (const int length : {0, 1, 127, 128, 255, 256, 65000})
            QTest::addRow("%d", length) << length;
    }
    void writesLengths()
    {
        QFETCH(int, length);
        const std::string name(static_cast<std::size_t>(std::min(length, 300)), 'n');
        const std::string value(static_cast<std::size_t>(length), 'v');
        std::vector<char> out(70'000);
        FastcgiWriter writer(out);
        writer.param(name, value);
        writer.param("last", "");
        writer.endParams();
        QVERIFY(writer.ok());
        const auto request = requestIn(std::string(out.data(), writer.size()).append(wire::fastcgi::bodyEnd()));
        QVERIFY(request.has_value());
        QCOMPARE(request->params, (Params{{name, value}, {"last", ""}}));
    }

    void writesNoParams()
    {
        std::array<char, 64> out{};
        FastcgiWriter writer(out);
        writer.endParams();
        const std::string bytes = std::string(out.data(), writer.size()).append(wire::fastcgi::bodyEnd());
        const auto request = requestIn(bytes);
        QVERIFY(request && request->params.empty() && request->size == bytes.size());
    }

    void noticesWhatDoesNotFit()
    {
        std::vector<char> out(100'000);
        for (std::size_t room = 0; room < 64; ++room) {
            FastcgiWriter writer({out.data(), room});
            writer.param("name", "and a value");
            writer.endParams();
            QCOMPARE(writer.ok(), room >= 16 + 8 + 17 + 7 + 8);
            QVERIFY(writer.size() <= room);
        }
        FastcgiWriter writer(out);
        writer.param("n", std::string(65'540, 'v')); // more than one record holds
        writer.endParams();
        QVERIFY(!writer.ok());
    }

    void reads_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("output");
        QTest::addColumn<QByteArray>("errors");
        const auto row = [](const char *name, const std::string &bytes, const char *output, const char *errors) {
            QTest::newRow(name) << QByteArray::fromStdString(bytes) << QByteArray(output) << QByteArray(errors);
        };
        row("plain", record(kStdout, "abc") + record(kStdout, "") + endRecord(), "abc", "");
        row("padded", record(kStdout, "abc", 5) + record(kStdout, "d", 255) + endRecord(), "abcd", "");
        row("empty and padded", record(kStdout, "", 8) + endRecord(), "", "");
        row("both streams", record(kStderr, "no") + record(kStdout, "a") + record(kStderr, "!") + endRecord(), "a",
            "no!");
        row("unknown types",
            record(kUnknown, "12345678", 0, 0) + record(kStdout, "a") + record(static_cast<Type>(99), "xyz", 3) +
                endRecord(),
            "a", "");
        row("of the connection", record(kGetValues, std::string(300, 'x'), 4, 0) + endRecord(), "", "");
    }
    void reads()
    {
        QFETCH(QByteArray, bytes);
        const std::string input = bytes.toStdString();
        const Decoded whole = decode(input + "more");
        QCOMPARE(whole.status, ParseStatus::complete);
        QCOMPARE(whole.consumed, input.size());
        QCOMPARE(whole.ending, FastcgiDecoder::Ending::requestComplete);
        QTEST(QByteArray::fromStdString(whole.output), "output");
        QTEST(QByteArray::fromStdString(whole.errors), "errors");
        for (std::size_t piece = 1; piece < 40; ++piece)
            QVERIFY(decode(input, piece) == whole);
        for (std::size_t cut = 0; cut < input.size(); ++cut)
            QCOMPARE(decode(std::string_view(input).substr(0, cut)).status, ParseStatus::needMore);
    }

    void endsAsTheApplicationSays()
    {
        QCOMPARE(decode(endRecord(1)).ending, FastcgiDecoder::Ending::cannotMultiplex);
        QCOMPARE(decode(endRecord(2)).ending, FastcgiDecoder::Ending::overloaded);
        QCOMPARE(decode(endRecord(3)).ending, FastcgiDecoder::Ending::unknownRole);
        QCOMPARE(decode(endRecord(9)).ending, FastcgiDecoder::Ending::unknownRole);
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        const auto row = [](const char *name, const std::string &bytes) {
            QTest::newRow(name) << QByteArray::fromStdString(bytes);
        };
        row("another version", "\2" + record(kStdout, "a").substr(1));
        row("no FastCGI", "HTTP/1.1 200 OK\r\n\r\n");
        row("of another request", record(kStdout, "a", 0, 2));
        row("the end of another request", record(kEnd, "12345678", 0, 257));
        row("errors of no request", record(kStderr, "a", 0, 0));
        row("an end that is too short", record(kEnd, "1234567"));
        row("an end that is too long", record(kEnd, "123456789"));
    }
    void refuses()
    {
        QFETCH(QByteArray, bytes);
        QCOMPARE(decode(bytes.toStdString()).status, ParseStatus::malformed);
        QCOMPARE(decode(bytes.toStdString(), 1).status, ParseStatus::malformed);
    }
};

QTEST_GUILESS_MAIN(FastcgiTest)
#include "fastcgi_test.moc"
