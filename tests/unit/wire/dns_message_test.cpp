// SPDX-License-Identifier: GPL-3.0-or-later
// Queries read, names decompressed and compressed, the writer's limit.
#include "wire/dns_message.h"
#include "wire/dns_rdata.h"
#include "wire/dns_writer.h"

#include <QTest>

#include <string>
#include <vector>

using namespace mainstay;
using namespace std::string_literals;
using wire::MessageWriter;
using wire::Name;
using wire::Query;
using wire::QueryStatus;
using wire::RecordType;
using wire::WireReader;

namespace {

std::span<const std::uint8_t> octets(const std::string &text)
{
    return {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()};
}

std::string header(unsigned questions, unsigned answers, unsigned additionals, const std::string &flags = "\1\0"s)
{
    const auto count = [](unsigned value) { return std::string{'\0', static_cast<char>(value)}; };
    return "\x12\x34" + flags + count(questions) + count(answers) + count(0) + count(additionals);
}

const std::string kQuestion = "\3www\7Example\0\0\1\0\1"s;

std::string opt(const std::string &options = {}, const std::string &versionAndFlags = "\0\x80\0"s)
{
    return "\0\0\x29\x04\xd0\0"s + versionAndFlags + std::string{'\0', static_cast<char>(options.size())} + options;
}

QueryStatus read(const std::string &message, Query &query)
{
    return wire::readQuery(octets(message), query);
}

Name name(std::string_view text)
{
    return Name::parse(text).value();
}

} // namespace

class DnsMessageTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsAQuery()
    {
        const std::string message = header(1, 0, 1) + kQuestion + opt("\0\x0a\0\2ab"s);
        Query query;
        QCOMPARE(read(message, query), QueryStatus::complete);
        QCOMPARE(query.header.id, std::uint16_t{0x1234});
        QCOMPARE(query.name.text(), "www.Example."s);
        QCOMPARE(query.type, RecordType::a);
        QCOMPARE(query.questionSize(), kQuestion.size());
        QVERIFY(query.edns.has_value());
        QCOMPARE(query.edns->udpSize, std::uint16_t{1232});
        QCOMPARE(query.edns->version, std::uint8_t{0});
        QVERIFY(query.edns->dnssecOk);
    }

    void queries_data()
    {
        QTest::addColumn<std::string>("message");
        QTest::addColumn<QueryStatus>("expected");
        const auto row = [](const char *what, const std::string &message, QueryStatus expected) {
            QTest::newRow(what) << message << expected;
        };
        row("nothing", "", QueryStatus::unanswerable);
        row("half a header", header(1, 0, 0).substr(0, 11), QueryStatus::unanswerable);
        row("a response", header(1, 0, 0, "\x80\0"s) + kQuestion, QueryStatus::unanswerable);
        row("notify", header(1, 0, 0, "\x20\0"s) + kQuestion, QueryStatus::notImplemented);
        row("another opcode, garbage", header(9, 9, 9, "\x78\0"s) + "x", QueryStatus::notImplemented);
        row("no question", header(0, 0, 0), QueryStatus::malformed);
        row("two questions", header(2, 0, 0) + kQuestion + kQuestion, QueryStatus::malformed);
        row("question cut", header(1, 0, 0) + kQuestion.substr(0, kQuestion.size() - 1), QueryStatus::malformed);
        row("pointer in the question", header(1, 0, 0) + "\xc0\x0c\0\1\0\1"s, QueryStatus::malformed);
        row("octets after the end", header(1, 0, 0) + kQuestion + "x", QueryStatus::malformed);
        row("two OPT", header(1, 0, 2) + kQuestion + opt() + opt(), QueryStatus::malformed);
        row("OPT below a name", header(1, 0, 1) + kQuestion + "\1a" + opt(), QueryStatus::malformed);
        row("OPT in the answer", header(1, 1, 0) + kQuestion + opt(), QueryStatus::malformed);
        row("option cut", header(1, 0, 1) + kQuestion + opt("\0\x0a\0\3ab"s), QueryStatus::malformed);
        row("OPT cut", header(1, 0, 1) + kQuestion + opt().substr(0, 10), QueryStatus::malformed);
        row("promised record missing", header(1, 0, 1) + kQuestion, QueryStatus::malformed);
        row("an answer", header(1, 1, 0) + kQuestion + "\xc0\x0c\0\1\0\1\0\0\0\0\0\4abcd"s, QueryStatus::complete);
        row("TSIG is passed over", header(1, 0, 2) + kQuestion + opt() + "\1k\0\0\xfa\0\xff\0\0\0\0\0\1x"s,
            QueryStatus::complete);
    }
    void queries()
    {
        QFETCH(const std::string, message);
        QFETCH(const QueryStatus, expected);
        Query query;
        QCOMPARE(read(message, query), expected);
    }

    void compressedNames()
    {
        const std::string message = "\3org\0\7example\xc0\0\3www\xc0\5"s;
        WireReader wire(octets(message), 15);
        QCOMPARE(wire.name().text(), "www.example.org."s);
        QVERIFY(wire.ok() && wire.atEnd());
    }

    void badCompression_data()
    {
        QTest::addColumn<std::string>("message");
        QTest::newRow("to itself") << "\xc0\0"s;
        QTest::newRow("forwards") << "\xc0\2\1a\0"s;
        QTest::newRow("round and round") << "\1a\xc0\0"s;
        QTest::newRow("cut") << "\1a\xc0"s;
        QTest::newRow("beyond the end") << "\xff\xff"s;
        QTest::newRow("reserved label type") << "\x80\0"s;
    }
    void badCompression()
    {
        QFETCH(const std::string, message);
        WireReader wire(octets(message));
        (void)wire.name();
        QVERIFY(!wire.ok());
        QCOMPARE(wire.u8(), std::uint8_t{0});
    }

    // Each pointer leads back by one label; the name would have more than 255 octets.
    void compressedNameTooLong()
    {
        std::string message(1, '\0');
        std::size_t last = 0;
        for (int i = 0; i < 5; ++i) {
            const std::size_t here = message.size();
            message += '\x3f' + std::string(63, 'a') + '\xc0' + static_cast<char>(last);
            last = here;
            if (last > 255)
                break;
        }
        WireReader wire(octets(message), last);
        (void)wire.name();
        QVERIFY(!wire.ok());
    }

    void readerStaysFailed()
    {
        WireReader wire(octets("\1"s));
        QCOMPARE(wire.u16(), std::uint16_t{0});
        QVERIFY(!wire.ok());
        QCOMPARE(wire.u8(), std::uint8_t{0});
        QVERIFY(wire.bytes(1).empty());
    }

    void writerCompresses()
    {
        std::vector<std::uint8_t> buffer(512);
        MessageWriter writer(buffer, buffer.size());
        writer.owner(name("www.example.org."));
        const std::size_t first = writer.size();
        writer.owner(name("WWW.example.org."));
        QCOMPARE(writer.size() - first, std::size_t{2});
        writer.owner(name("mail.example.org."));
        QCOMPARE(writer.size() - first, std::size_t{2 + 5 + 2});
        writer.owner(wire::NameView());
        QCOMPARE(writer.size() - first, std::size_t{2 + 5 + 2 + 1});

        WireReader wire(writer.written());
        for (const char *expected : {"www.example.org.", "www.example.org.", "mail.example.org.", "."})
            QCOMPARE(wire.name().text(), std::string(expected));
        QVERIFY(wire.ok() && wire.atEnd());
    }

    void targetsKeepTheirCase()
    {
        std::vector<std::uint8_t> buffer(512);
        MessageWriter writer(buffer, buffer.size());
        writer.owner(name("www.example.org."));
        writer.target(name("a.EXAMPLE.org."));
        WireReader wire(writer.written());
        (void)wire.name();
        QCOMPARE(wire.name().text(), "a.EXAMPLE.org."s);
    }

    void rdataIsCompressedWhereAllowed()
    {
        std::vector<std::uint8_t> buffer(512);
        MessageWriter writer(buffer, buffer.size());
        writer.owner(name("example.org."));
        const std::size_t mx = writer.size();
        writer.rdata(RecordType::mx, octets("\0\5\4mail\7example\3org\0"s));
        const std::size_t srv = writer.size();
        QCOMPARE(srv - mx, std::size_t{2 + 2 + 5 + 2});
        writer.rdata(RecordType::srv, octets("\0\1\0\1\0\1\4mail\7example\3org\0"s));
        QCOMPARE(writer.size() - srv, std::size_t{2 + 6 + 18});
        QCOMPARE(WireReader(writer.written(), mx).u16(), std::uint16_t{9});
    }

    void writerKeepsItsLimit()
    {
        std::vector<std::uint8_t> buffer(512);
        MessageWriter writer(buffer, 20);
        writer.u32(1);
        writer.reserve(11);
        const auto mark = writer.mark();
        writer.u32(2);
        writer.owner(name("a.b."));
        QVERIFY(!writer.ok());
        writer.u8(1);
        QVERIFY(writer.size() <= 9);
        writer.rollBack(mark);
        QVERIFY(writer.ok());
        QCOMPARE(writer.size(), std::size_t{4});
        writer.release(11);
        writer.owner(name("a.b.")); // names of what was rolled back must not be pointed to
        WireReader wire(writer.written(), 4);
        QCOMPARE(wire.name().text(), "a.b."s);
        QCOMPARE(wire.position(), std::size_t{9});
    }

    void rdataChecks()
    {
        QVERIFY(wire::isWellFormedRdata(RecordType::a, octets("abcd"s)));
        QVERIFY(!wire::isWellFormedRdata(RecordType::a, octets("abc"s)));
        QVERIFY(!wire::isWellFormedRdata(RecordType::aaaa, octets("abcd"s)));
        QVERIFY(wire::isWellFormedRdata(RecordType::ns, octets("\1a\0"s)));
        QVERIFY(!wire::isWellFormedRdata(RecordType::ns, octets("\1a\0x"s)));
        QVERIFY(!wire::isWellFormedRdata(RecordType::ns, octets("\xc0\0"s)));
        QVERIFY(!wire::isWellFormedRdata(RecordType::mx, octets("\0"s)));
        QVERIFY(wire::isWellFormedRdata(RecordType::soa, octets("\0\0"s + std::string(20, 'x'))));
        QVERIFY(!wire::isWellFormedRdata(RecordType::soa, octets("\0\0"s + std::string(19, 'x'))));
        QVERIFY(wire::isWellFormedRdata(RecordType::svcb, octets("\0\1\0rest"s)));
        QVERIFY(wire::isWellFormedRdata(RecordType::txt, octets("anything"s)));
    }
};

QTEST_APPLESS_MAIN(DnsMessageTest)
#include "dns_message_test.moc"
