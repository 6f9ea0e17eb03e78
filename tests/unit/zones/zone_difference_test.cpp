// SPDX-License-Identifier: GPL-3.0-or-later
// Reloading: the next version says what the file says, and is the last one where the file is.
#include "zone_text.h"

#include <QTest>

#include <algorithm>
#include <random>
#include <vector>

using namespace mainstay;
using tests::dump;
using tests::load;
using tests::loadBelowTop;
using tests::texts;

namespace {

const snapshot::ZoneNode *nodeOf(const snapshot::Zone &zone, const char *name)
{
    const wire::Name full = wire::Name::parse(name, zone.name()).value();
    return zone.names().find(snapshot::NameKey(full));
}

std::vector<std::string> randomRecords(std::mt19937 &random, int count)
{
    static const char *names[] = {"a", "b", "x.a", "y.x.a", "*.b", "z.*.b", "c.d.e", "d.e", "*", "f.c.d.e"};
    std::vector<std::string> records;
    for (int i = 0; i < count; ++i) {
        const std::string owner = names[random() % std::size(names)];
        switch (random() % 3) {
        case 0:
            records.push_back(owner + " A 192.0.2." + std::to_string(random() % 4) + "\n");
            break;
        case 1:
            records.push_back(owner + " " + std::to_string(60 + random() % 2) + " TXT t" +
                              std::to_string(random() % 3) + "\n");
            break;
        default:
            records.push_back(owner + " MX 10 m" + std::to_string(random() % 3) + "\n");
        }
    }
    return records;
}

std::string join(const std::vector<std::string> &lines)
{
    std::string text;
    for (const std::string &line : lines)
        text += line;
    return text;
}

} // namespace

class ZoneDifferenceTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void glueThatGoes()
    {
        const std::string delegation = "a NS ns.a\n";
        const auto before = loadBelowTop(delegation + "ns.a A 192.0.2.1\nb A 192.0.2.2\n");
        QVERIFY(before.zone && before.problems.empty());
        const auto without = loadBelowTop(delegation + "b A 192.0.2.2\n", before.zone);
        QCOMPARE(without.problems.size(), std::size_t{1});
        QCOMPARE(without.problems[0].code, std::string("zone.missing-glue"));
        // Another type of record is no address either. The change of the delegation itself is told once.
        const auto text = loadBelowTop(delegation + "a NS elsewhere.\nns.a TXT x\nb A 192.0.2.2\n", before.zone);
        QCOMPARE(text.problems.size(), std::size_t{1});
        QVERIFY(loadBelowTop(delegation + "ns.a A 192.0.2.9\n", before.zone).problems.empty());
    }

    void warningsThatStand()
    {
        const std::string text = "a NS ns.a\nc 50 A 192.0.2.1\nc 40 A 192.0.2.2\n";
        const auto before = loadBelowTop(text);
        QCOMPARE(before.problems.size(), std::size_t{2});
        QCOMPARE(before.lackingGlue.size(), std::size_t{1});
        const auto load = [&](const std::string &more) {
            zones::ZoneLoader loader({.apex = wire::Name::parse("example.org.").value(),
                                      .path = "zone.test",
                                      .lackingGlue = before.lackingGlue},
                                     before.zone);
            loader.readText(std::string(tests::kTop) + text + more, "test.zone");
            return loader.finish();
        };
        const auto same = load("");
        QVERIFY(same.zone == before.zone);
        QCOMPARE(same.problems.size(), std::size_t{2});
        QCOMPARE(load("d A 192.0.2.3\n").problems.size(), std::size_t{2});
        const auto mended = load("ns.a A 192.0.2.3\n");
        QCOMPARE(mended.problems.size(), std::size_t{1});
        QVERIFY(mended.lackingGlue.empty());
    }

    void nothingChanged()
    {
        const auto zone = loadBelowTop("a A 192.0.2.1\na A 192.0.2.2\nb.c TXT x\n").zone;
        QVERIFY(loadBelowTop("a A 192.0.2.1\na A 192.0.2.2\nb.c TXT x\n", zone).zone == zone);
        // Another order, scattered owners, a record twice.
        QVERIFY(loadBelowTop("b.c TXT x\na A 192.0.2.2\nb.c TXT x\na A 192.0.2.1\n", zone).zone == zone);
    }

    void oneRecordChanged()
    {
        const auto zone = loadBelowTop("a A 192.0.2.1\nb A 192.0.2.2\nc.d A 192.0.2.3\n").zone;
        const auto next = loadBelowTop("a A 192.0.2.1\nb A 192.0.2.9\nc.d A 192.0.2.3\n", zone);
        QCOMPARE(next.changedNames, std::size_t{1});
        QVERIFY(next.zone != zone);
        for (const char *shared : {"@", "ns1", "a", "d", "c.d"})
            QVERIFY(nodeOf(*next.zone, shared) == nodeOf(*zone, shared));
        QVERIFY(nodeOf(*next.zone, "b") != nodeOf(*zone, "b"));
        // Readers of the version before still have it.
        QCOMPARE(nodeOf(*zone, "b")->find(wire::RecordType::a).front().rdata()[3], std::uint8_t{2});
        QCOMPARE(nodeOf(*next.zone, "b")->find(wire::RecordType::a).front().rdata()[3], std::uint8_t{9});
    }

    void serialAlone()
    {
        const auto zone = loadBelowTop("a A 192.0.2.1\n").zone;
        std::string text = std::string(tests::kTop) + "a A 192.0.2.1\n";
        text.replace(text.find("admin 1"), 7, "admin 2");
        const auto next = load(text, zone);
        QCOMPARE(next.zone->serial(), 2u);
        QCOMPARE(next.changedNames, std::size_t{1});
    }

    void emptyNonTerminalsComeAndGo()
    {
        const auto zone = loadBelowTop("a.b.c A 192.0.2.1\n").zone;
        const auto without = loadBelowTop("", zone).zone;
        QVERIFY(!nodeOf(*without, "b.c") && !nodeOf(*without, "c"));
        const auto between = loadBelowTop("b.c A 192.0.2.1\na.b.c A 192.0.2.1\n", zone).zone;
        QVERIFY(!nodeOf(*between, "b.c")->isEmptyNonTerminal());
        QVERIFY(nodeOf(*between, "c")->isEmptyNonTerminal());
        const auto back = loadBelowTop("a.b.c A 192.0.2.1\n", between).zone;
        QVERIFY(nodeOf(*back, "b.c")->isEmptyNonTerminal());
    }

    void namesTakeTheirNewCase()
    {
        const auto zone = loadBelowTop("www A 192.0.2.1\n").zone;
        const auto next = loadBelowTop("WWW A 192.0.2.1\n", zone);
        QCOMPARE(nodeOf(*next.zone, "www")->name().text(), std::string("WWW.example.org."));
        // The first writing counts, then and now.
        const auto mixed = loadBelowTop("WWW A 192.0.2.1\nwww TXT x\n", next.zone);
        QCOMPARE(nodeOf(*mixed.zone, "www")->name().text(), std::string("WWW.example.org."));
        QVERIFY(loadBelowTop("WWW A 192.0.2.1\nwww TXT x\n", mixed.zone).zone == mixed.zone);
    }

    void mistakesLeaveTheCurrentZone()
    {
        const auto zone = loadBelowTop("a DNAME b\n").zone;
        const std::string before = dump(*zone);
        for (const char *text : {"a DNAME b\nx.a A 192.0.2.1\n", "a DNAME b\nc CNAME d\nc A 192.0.2.1\n", "bad\n"}) {
            const auto next = loadBelowTop(text, zone);
            QVERIFY(!next.zone);
            QVERIFY(hasErrors(next.problems));
        }
        QVERIFY(!load("a A 192.0.2.1\n", zone).zone);
        QCOMPARE(dump(*zone), before);
    }

    void anotherApexStartsAnew()
    {
        const auto zone = loadBelowTop("a A 192.0.2.1\n").zone;
        const auto other = load(tests::kTop, zone, "example.net.");
        QVERIFY(other.zone);
        QCOMPARE(other.zone->name().text(), std::string("example.net."));
    }

    // Whatever the file was and is now, in whatever order: reloaded is the same as loaded.
    void likeAFreshLoad()
    {
        std::mt19937 random(3);
        std::shared_ptr<const snapshot::Zone> zone;
        std::vector<std::string> records;
        for (int round = 0; round < 600; ++round) {
            if (round % 20 == 0) {
                records = randomRecords(random, 12);
            } else {
                std::shuffle(records.begin(), records.end(), random);
                records.resize(records.size() - std::min<std::size_t>(records.size(), random() % 3));
                for (const std::string &record : randomRecords(random, static_cast<int>(random() % 3)))
                    records.push_back(record);
            }
            const std::string text = join(records);
            const auto fresh = loadBelowTop(text).zone;
            const auto next = loadBelowTop(text, zone).zone;
            QVERIFY(fresh && next);
            QCOMPARE(dump(*next), dump(*fresh));
            QCOMPARE(next->counts().names, fresh->counts().names);
            QCOMPARE(next->counts().records, fresh->counts().records);
            if (zone && dump(*zone) == dump(*fresh))
                QVERIFY(next == zone);
            zone = next;
        }
    }

    // Slots of records that are gone are given up from time to time.
    void slotsStayFew()
    {
        std::shared_ptr<const snapshot::Zone> zone;
        for (int round = 0; round < 40; ++round) {
            const std::string last = std::to_string(round % 250);
            zone = loadBelowTop("$GENERATE 0-4999 h$ TXT \"" + last + "\"\n", zone).zone;
            QVERIFY(zone);
            QVERIFY(zone->counts().slots <= 2 * zone->counts().records + 65536 + 5000);
        }
    }

    // The bench tests/bench/zone_reload.cpp measures; this sees that it is the difference that is done.
    void aLargeZoneIsNotDoneAgain()
    {
        std::string text(tests::kTop);
        for (int i = 0; i < 50000; ++i)
            text += "host" + std::to_string(i) + " A 10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250) +
                    "\n";
        const auto zone = load(text).zone;
        text.replace(text.find("host25000 A 10"), 14, "host25000 A 11");
        const auto next = load(text, zone);
        QCOMPARE(next.changedNames, std::size_t{1});
        int different = 0;
        zone->names().forEach([&](const snapshot::ZoneNode &node, std::uint64_t) {
            different += next.zone->names().find(snapshot::NameKey(node.name())) == &node ? 0 : 1;
        });
        QCOMPARE(different, 1);
    }
};

QTEST_APPLESS_MAIN(ZoneDifferenceTest)
#include "zone_difference_test.moc"
