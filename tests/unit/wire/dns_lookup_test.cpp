// SPDX-License-Identifier: GPL-3.0-or-later
// Questions for addresses, and what is and is not an answer to them.
#include "wire/dns_lookup.h"
#include "wire/dns_message.h"
#include "wire/dns_writer.h"

#include <QTest>

#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

using namespace mainstay;
using namespace mainstay::wire;

namespace {

constexpr std::uint16_t kId = 4711;
const Name kName = Name::parse("app.example.org").value();

struct Record {
    const char *owner;
    RecordType type;
    std::string data; // an address, or a name
};

// An answer with these records.
std::vector<std::uint8_t> answer(const std::vector<Record> &records, std::uint16_t flags = kFlagResponse,
                                 std::uint16_t id = kId, const Name &name = kName)
{
    std::array<std::uint8_t, 1024> room{};
    MessageWriter writer(room, room.size());
    for (const std::uint16_t word :
         {id, flags, std::uint16_t(1), static_cast<std::uint16_t>(records.size()), std::uint16_t(0), std::uint16_t(0)})
        writer.u16(word);
    writer.owner(name);
    writer.u16(static_cast<std::uint16_t>(RecordType::a));
    writer.u16(1);
    for (const Record &record : records) {
        writer.owner(Name::parse(record.owner).value());
        writer.u16(static_cast<std::uint16_t>(record.type));
        writer.u16(1);
        writer.u32(60);
        if (record.type == RecordType::cname) {
            const Name target = Name::parse(record.data).value();
            writer.u16(static_cast<std::uint16_t>(target.view().size()));
            writer.bytes(target.view().bytes());
        } else {
            writer.u16(static_cast<std::uint16_t>(record.data.size()));
            writer.bytes(record.data.data(), record.data.size());
        }
    }
    return {writer.written().begin(), writer.written().end()};
}

// "192.0.2.7", "none", "failed", "foreign".
std::string read(const std::vector<std::uint8_t> &message, const std::optional<IpAddress> &inUse = {})
{
    IpAddress address;
    switch (readLookup(message, kId, kName, RecordType::a, inUse, address)) {
    case LookupStatus::found:
        return address.text();
    case LookupStatus::none:
        return "none";
    case LookupStatus::failed:
        return "failed";
    case LookupStatus::foreign:
        break;
    }
    return "foreign";
}

std::string bytes(std::initializer_list<int> values)
{
    std::string text;
    for (const int value : values)
        text += static_cast<char>(value);
    return text;
}

} // namespace

class DnsLookupTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void questions()
    {
        std::array<std::uint8_t, 512> room{};
        const std::size_t size = writeLookup(room, kId, kName, RecordType::aaaa);
        Query query;
        QVERIFY(readQuery(std::span(room).first(size), query) == QueryStatus::complete);
        QVERIFY(query.name == kName.view() && query.type == RecordType::aaaa && query.header.id == kId);
        QVERIFY((query.header.flags & kFlagRecursionDesired) != 0);
        QCOMPARE(writeLookup(std::span(room).first(size - 1), kId, kName, RecordType::a), std::size_t(0));
    }

    void answers()
    {
        const std::string seven = bytes({192, 0, 2, 7});
        const std::string eight = bytes({192, 0, 2, 8});
        const auto a = [](const char *owner, const std::string &data) { return Record{owner, RecordType::a, data}; };
        const auto alias = [](const char *owner, const char *to) { return Record{owner, RecordType::cname, to}; };
        QCOMPARE(read(answer({a("app.example.org", seven), a("app.example.org", eight)})), std::string("192.0.2.7"));
        QCOMPARE(read(answer({a("APP.Example.org", seven)})), std::string("192.0.2.7"));
        QCOMPARE(read(answer({})), std::string("none"));
        QCOMPARE(read(answer({a("other.example.org", seven)})), std::string("none"));
        QCOMPARE(read(answer({a("app.example.org", "abc")})), std::string("none"));
        QCOMPARE(read(answer({{"app.example.org", RecordType::txt, seven}, a("app.example.org", eight)})),
                 std::string("192.0.2.8"));
        QCOMPARE(read(answer({alias("app.example.org", "a.test"), alias("a.test", "b.test"), a("b.test", seven)})),
                 std::string("192.0.2.7"));
        // In another order too, but not round and round.
        QCOMPARE(read(answer({a("b.test", seven), alias("app.example.org", "b.test")})), std::string("192.0.2.7"));
        QCOMPARE(read(answer({alias("app.example.org", "b.test"), alias("b.test", "app.example.org")})),
                 std::string("none"));
    }

    void theOneInUse()
    {
        const auto a = [](int last) { return Record{"app.example.org", RecordType::a, bytes({192, 0, 2, last})}; };
        const auto inUse = [](const char *text) { return IpAddress::parse(text).value(); };
        for (const auto &records : {std::vector{a(7), a(8), a(9)}, std::vector{a(9), a(7), a(8)}})
            QCOMPARE(read(answer(records), inUse("192.0.2.8")), std::string("192.0.2.8"));
        QCOMPARE(read(answer({a(7), a(9)}), inUse("192.0.2.8")), std::string("192.0.2.7"));
        QCOMPARE(read(answer({{"app.example.org", RecordType::cname, "b.test"},
                              {"b.test", RecordType::a, bytes({192, 0, 2, 7})},
                              {"b.test", RecordType::a, bytes({192, 0, 2, 8})}}),
                      inUse("192.0.2.8")),
                 std::string("192.0.2.8"));
    }

    void whatIsNoAnswer()
    {
        const std::vector<Record> records{{"app.example.org", RecordType::a, bytes({192, 0, 2, 7})}};
        QCOMPARE(read(answer(records, kFlagResponse, kId + 1)), std::string("foreign"));
        QCOMPARE(read(answer(records, 0)), std::string("foreign"));
        QCOMPARE(read(answer(records, kFlagResponse, kId, Name::parse("b.test").value())), std::string("foreign"));
        QCOMPARE(read(answer({}, kFlagResponse | 3)), std::string("none"));
        QCOMPARE(read(answer({}, kFlagResponse | 2)), std::string("failed"));
        QCOMPARE(read(answer({}, kFlagResponse | 5)), std::string("failed"));
        const auto whole = answer(records);
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const std::string cut = read({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
            QVERIFY2(cut == "foreign" || cut == "none", cut.c_str());
        }
    }
};

QTEST_APPLESS_MAIN(DnsLookupTest)
#include "dns_lookup_test.moc"
