// SPDX-License-Identifier: GPL-3.0-or-later
// Chunked bodies: content, end, bounds, and everything that is refused.
#include "wire/chunked_decoder.h"

#include <QTest>

#include <algorithm>
#include <string>

using namespace mainstay::wire;

namespace {

struct Decoded {
    ParseStatus status = ParseStatus::needMore;
    Http1Error error = Http1Error::none;
    std::size_t consumed = 0;
    std::string content;

    friend bool operator==(const Decoded &, const Decoded &) = default;
};

// Feeds the bytes in pieces of this size.
Decoded decode(std::string_view bytes, std::size_t pieceSize = std::string_view::npos)
{
    ChunkedDecoder decoder;
    Decoded decoded;
    while (!bytes.empty() && decoded.status == ParseStatus::needMore) {
        std::string_view piece = bytes.substr(0, pieceSize);
        const ChunkedDecoder::Step step = decoder.feed(piece);
        decoded.status = step.status;
        decoded.consumed += step.consumed;
        decoded.content += step.data;
        bytes.remove_prefix(step.consumed);
    }
    decoded.error = decoder.error();
    return decoded;
}

std::string_view viewOf(const QByteArray &bytes)
{
    return {bytes.constData(), static_cast<std::size_t>(bytes.size())};
}

} // namespace

class ChunkedDecoderTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void decodes_data();
    void decodes();
    void refuses_data();
    void refuses();
    void boundsExtensions();
    void boundsTrailers();
    void keepsTrailers();
    void skipsContentMovedElsewhere();
};

void ChunkedDecoderTest::decodes_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("empty") << QByteArray("0\r\n\r\n") << QByteArray();
    QTest::newRow("one") << QByteArray("3\r\nabc\r\n0\r\n\r\n") << QByteArray("abc");
    QTest::newRow("several") << QByteArray("3\r\nabc\r\n00A\r\n0123456789\r\n000\r\n\r\n")
                             << QByteArray("abc0123456789");
    QTest::newRow("looks like framing") << QByteArray("7\r\n0\r\n\r\n0\r\r\n0\r\n\r\n") << QByteArray("0\r\n\r\n0\r");
    QTest::newRow("extensions") << QByteArray("1;a\r\nx\r\n1 ; a=\"b c\";d\r\ny\r\n0;e=f\r\n\r\n") << QByteArray("xy");
    QTest::newRow("trailers") << QByteArray("1\r\nx\r\n0\r\nA: b\r\nC:\r\n\r\n") << QByteArray("x");
    QTest::newRow("16 digits") << QByteArray("0000000000000001\r\nx\r\n0\r\n\r\n") << QByteArray("x");
}

void ChunkedDecoderTest::decodes()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, content);
    const Decoded expected{ParseStatus::complete, Http1Error::none, viewOf(bytes).size(), content.toStdString()};
    const QByteArray followed = bytes + "GET /next HTTP/1.1\r\n";
    QVERIFY(decode(viewOf(followed)) == expected);
    for (std::size_t size = 1; size < viewOf(bytes).size(); ++size) {
        QVERIFY(decode(viewOf(followed), size) == expected);
        QCOMPARE(decode(viewOf(bytes).substr(0, size)).status, ParseStatus::needMore);
    }
}

void ChunkedDecoderTest::refuses_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("error");
    using E = Http1Error;
    const auto row = [](const char *bytes, E error) {
        QTest::newRow(QByteArray(bytes).toPercentEncoding().constData())
            << QByteArray(bytes) << static_cast<int>(error);
    };
    row("\r\n", E::badChunkSize);
    row("x\r\n", E::badChunkSize);
    row("-1\r\n", E::badChunkSize);
    row("+1\r\n", E::badChunkSize);
    row(" 1\r\n", E::badChunkSize);
    row("0x1\r\n", E::badChunkSize);
    row("1g\r\n", E::badChunkSize);
    row("1 2\r\n", E::badChunkSize);
    row(";a\r\n", E::badChunkSize);
    row("1 \r\n", E::badChunkExtension);
    row("1\n", E::badChunkExtension);
    row("1\rx", E::badChunkSize);
    row("1\r\r\n", E::badChunkSize);
    row("00000000000000001\r\n", E::badChunkSize);
    row("8000000000000000\r\n", E::badChunkSize);
    row("fffffffffffffffff\r\n", E::badChunkSize);
    row("1;a\nb", E::badChunkExtension);
    row("1;\x01\r\n", E::badChunkExtension);
    row("1;a\rb", E::badChunkSize);
    row("3\r\nabcd\r\n", E::missingChunkEnd);
    row("3\r\nabc\n", E::missingChunkEnd);
    row("3\r\nabc\r0", E::missingChunkEnd);
    row("3\r\nabc0\r\n", E::missingChunkEnd);
    row("0\r\n\n", E::badTrailer);
    row("0\r\n\rx", E::badTrailer);
    row("0\r\nGET / HTTP/1.1\r\n", E::badTrailer);
    row("0\r\nA b: c\r\n", E::badTrailer);
    row("0\r\nA : c\r\n", E::badTrailer);
    row("0\r\n: c\r\n", E::badTrailer);
    row("0\r\nA: b\r\n c\r\n", E::badTrailer);
    row("0\r\nA: b\nC: d\r\n", E::badTrailer);
    row("0\r\nA: b\rC: d\r\n", E::badTrailer);
    row("0\r\nA: \x7f\r\n", E::badTrailer);
}

void ChunkedDecoderTest::refuses()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, error);
    const Decoded whole = decode(viewOf(bytes));
    QCOMPARE(whole.status, ParseStatus::malformed);
    QCOMPARE(static_cast<int>(whole.error), error);
    const Decoded slow = decode(viewOf(bytes), 1);
    QCOMPARE(slow.status, ParseStatus::malformed);
    QCOMPARE(slow.error, whole.error);
    QCOMPARE(slow.consumed, whole.consumed);
}

void ChunkedDecoderTest::boundsExtensions()
{
    const std::string longest = ";" + std::string(ChunkedDecoder::kMaxExtensionBytes - 1, 'a');
    QCOMPARE(decode("1" + longest + "\r\nx\r\n0\r\n\r\n").status, ParseStatus::complete);
    const Decoded longer = decode("1" + longest + "a\r\n");
    QCOMPARE(longer.status, ParseStatus::tooLarge);
    QCOMPARE(longer.error, Http1Error::chunkExtensionTooLarge);

    // Many small chunks, each with a large extension, cost more to read than they carry.
    std::string body;
    for (std::uint32_t i = 0; i < ChunkedDecoder::kMaxExtensionBytesInBody / ChunkedDecoder::kMaxExtensionBytes; ++i)
        body += "1" + longest + "\r\nx\r\n";
    QCOMPARE(decode(body + "0\r\n\r\n").status, ParseStatus::complete);
    QCOMPARE(decode(body + "1;\r\nx\r\n").status, ParseStatus::tooLarge);
}

void ChunkedDecoderTest::boundsTrailers()
{
    const std::string longest = "A:" + std::string(ChunkedDecoder::kMaxTrailerBytes - 3, 'b'); // and its CR
    QCOMPARE(decode("0\r\n" + longest + "\r\n\r\n").status, ParseStatus::complete);
    const Decoded longer = decode("0\r\n" + longest + "b\r\n\r\n");
    QCOMPARE(longer.status, ParseStatus::tooLarge);
    QCOMPARE(longer.error, Http1Error::trailerTooLarge);
}

void ChunkedDecoderTest::keepsTrailers()
{
    for (const std::size_t piece : {1, 2, 3, 100}) {
        ChunkedDecoder decoder;
        std::string_view left = "1\r\nx\r\n0\r\nA: b\r\nC:\r\n\r\nD: e\r\n";
        ChunkedDecoder::Step step;
        while (step.status != ParseStatus::complete) {
            step = decoder.feed(left.substr(0, piece));
            QVERIFY(step.consumed > 0);
            left.remove_prefix(step.consumed);
        }
        QCOMPARE(decoder.trailers(), std::string("A: b\r\nC:\r\n"));
        QCOMPARE(left, std::string_view("D: e\r\n"));
    }
}

void ChunkedDecoderTest::skipsContentMovedElsewhere()
{
    ChunkedDecoder decoder;
    QCOMPARE(decoder.remainingInChunk(), std::uint64_t{0});
    const ChunkedDecoder::Step first = decoder.feed("1000\r\nab");
    QCOMPARE(first.data, std::string_view("ab"));
    QCOMPARE(decoder.remainingInChunk(), std::uint64_t{0xffe});
    decoder.skip(0xffd);
    QCOMPARE(decoder.feed("z").data, std::string_view("z"));
    QCOMPARE(decoder.remainingInChunk(), std::uint64_t{0});
    QCOMPARE(decoder.feed("\r\n0\r\n\r\n").status, ParseStatus::complete);
}

QTEST_APPLESS_MAIN(ChunkedDecoderTest)
#include "chunked_decoder_test.moc"
