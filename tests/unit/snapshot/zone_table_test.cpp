// SPDX-License-Identifier: GPL-3.0-or-later
// Which zone answers for a name, through versions of the table.
#include "shared_state/cells.h"
#include "snapshot/zone_table.h"
#include "zones/zone_loader.h"

#include <QTest>

#include <map>
#include <random>

using namespace mainstay;
using snapshot::NameKey;
using snapshot::ZoneTable;

namespace {

wire::Name name(const std::string &text)
{
    return wire::Name::parse(text).value();
}

std::shared_ptr<const snapshot::Zone> zone(const std::string &apex, unsigned serial = 1)
{
    zones::ZoneLoader loader({.apex = name(apex), .path = "zone"});
    loader.readText("@ 300 SOA ns admin " + std::to_string(serial) + " 2 3 4 60\n@ 300 NS ns\nns 300 A 192.0.2.1\n",
                    "text");
    return loader.finish().zone;
}

// The serial of the zone that answers for a name; 0 for none.
unsigned answering(const ZoneTable &table, const std::string &text)
{
    const wire::Name asked = name(text);
    ZoneTable::Path path;
    table.descend(NameKey(asked), path);
    return path.isEmpty() ? 0 : path.last().zone()->serial();
}

} // namespace

class ZoneTableTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theLongestApexAnswers()
    {
        const ZoneTable table =
            ZoneTable().with(zone("example.org.", 1)).with(zone("sub.example.org.", 2)).with(zone("test.", 3));
        QCOMPARE(answering(table, "example.org."), 1u);
        QCOMPARE(answering(table, "WWW.example.ORG."), 1u);
        QCOMPARE(answering(table, "xsub.example.org."), 1u);
        QCOMPARE(answering(table, "sub.example.org."), 2u);
        QCOMPARE(answering(table, "a.b.sub.example.org."), 2u);
        QCOMPARE(answering(table, "a.test."), 3u);
        QCOMPARE(answering(table, "org."), 0u);
        QCOMPARE(answering(table, "."), 0u);
        QCOMPARE(answering(ZoneTable(), "example.org."), 0u);
        QVERIFY(ZoneTable().isEmpty());
        QVERIFY(table.find(name("sub.example.org.")));
        QVERIFY(!table.find(name("www.example.org.")));
    }

    void versions()
    {
        const auto cell = std::make_shared<shared_state::ZoneCell>("example.org", 1);
        const ZoneTable first = ZoneTable().with(zone("example.org.", 1), cell);
        const ZoneTable second = first.with(zone("example.org.", 2), cell);
        const ZoneTable third = second.without(name("example.org."));
        QCOMPARE(answering(first, "a.example.org."), 1u);
        QCOMPARE(answering(second, "a.example.org."), 2u);
        QCOMPARE(answering(third, "a.example.org."), 0u);
        QVERIFY(third.isEmpty());
        ZoneTable::Path path;
        const wire::Name asked = name("a.example.org.");
        first.descend(NameKey(asked), path);
        QCOMPARE(path.last().cell(), cell.get());
    }

    void manyZones()
    {
        std::mt19937 random(1);
        std::map<std::string, unsigned> model;
        ZoneTable table;
        const auto anyName = [&random] {
            std::string text;
            for (auto labels = 1 + random() % 4; labels > 0; --labels)
                text += std::string(1, static_cast<char>('a' + random() % 5)) + '.';
            return text;
        };
        const auto expected = [&model](std::string text) {
            while (!text.empty()) {
                if (const auto entry = model.find(text); entry != model.end())
                    return entry->second;
                text.erase(0, text.find('.') + 1);
            }
            return 0u;
        };
        std::vector<std::pair<ZoneTable, std::map<std::string, unsigned>>> versions;
        for (unsigned edit = 1; edit <= 2000; ++edit) {
            const std::string apex = anyName();
            if (random() % 3 == 0) {
                table = table.without(name(apex));
                model.erase(apex);
            } else {
                table = table.with(zone(apex, edit));
                model[apex] = edit;
            }
            if (edit % 500 == 0)
                versions.emplace_back(table, model);
        }
        for (const auto &[version, versionModel] : versions) {
            model = versionModel;
            for (int i = 0; i < 2000; ++i) {
                const std::string asked = anyName();
                QCOMPARE(answering(version, asked), expected(asked));
            }
            std::size_t zones = 0;
            version.forEach([&zones](const snapshot::Zone &) { ++zones; });
            QCOMPARE(zones, model.size());
        }
    }
};

QTEST_APPLESS_MAIN(ZoneTableTest)
#include "zone_table_test.moc"
