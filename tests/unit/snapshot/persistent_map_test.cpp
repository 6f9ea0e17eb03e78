// SPDX-License-Identifier: GPL-3.0-or-later
// The persistent map against std::map, through thousands of edits, with old versions looked at again.
#include "snapshot/persistent_map.h"

#include <QTest>

#include <map>
#include <optional>
#include <random>
#include <vector>

using namespace mainstay;

namespace {

using Map = snapshot::PersistentMap<int>;
using Model = std::map<std::string, int, std::less<>>;

std::optional<int> valueIn(const Map &map, std::string_view key)
{
    const int *value = map.find(key);
    return value ? std::optional(*value) : std::nullopt;
}

// Every key of the model, and as many that may not be there.
bool agree(const Map &map, const Model &model, int keys)
{
    for (int i = 0; i < keys; ++i) {
        const std::string key = "host" + std::to_string(i) + ".example.org";
        const auto entry = model.find(key);
        if (valueIn(map, key) != (entry == model.end() ? std::nullopt : std::optional(entry->second)))
            return false;
    }
    return map.isEmpty() == model.empty();
}

} // namespace

class PersistentMapTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void againstAModel_data()
    {
        QTest::addColumn<int>("keys");
        for (const int keys : {1, 2, 40, 3000}) // from all in one node to several levels
            QTest::addRow("%d", keys) << keys;
    }
    void againstAModel()
    {
        QFETCH(int, keys);
        std::mt19937 random(keys);
        Map map;
        Model model;
        std::vector<std::pair<Map, Model>> versions;
        for (int edit = 0; edit < 20000; ++edit) {
            // Phases that grow and phases that shrink, down to nothing now and then.
            const bool grows = edit / 4000 % 2 == 0 ? random() % 4 != 0 : random() % 4 == 0;
            const std::string key = "host" + std::to_string(random() % static_cast<unsigned>(keys)) + ".example.org";
            if (grows) {
                map = map.with(key, edit);
                model[key] = edit;
            } else {
                map = map.without(key);
                model.erase(key);
            }
            QCOMPARE(valueIn(map, key).has_value(), grows);
            if (edit % 2500 == 0)
                versions.emplace_back(map, model);
        }
        QVERIFY(agree(map, model, keys));
        for (const auto &[oldMap, oldModel] : versions)
            QVERIFY(agree(oldMap, oldModel, keys));
        for (const auto &[key, value] : Model(model))
            map = map.without(key);
        QVERIFY(map.isEmpty());
    }

    void anEditSharesTheRest()
    {
        Map before;
        for (int i = 0; i < 1000; ++i)
            before = before.with("host" + std::to_string(i), i);
        const Map after = before.with("one more", -1).with("host7", -7).without("host8");
        int shared = 0;
        for (int i = 0; i < 1000; ++i)
            shared += before.find("host" + std::to_string(i)) == after.find("host" + std::to_string(i));
        QVERIFY(shared > 900);
        QCOMPARE(valueIn(before, "host7"), std::optional(7));
        QCOMPARE(valueIn(before, "host8"), std::optional(8));
        QCOMPARE(valueIn(after, "host7"), std::optional(-7));
        QVERIFY(!before.find("one more"));
        QVERIFY(!after.find("host8"));
    }

    void removingWhatIsNotThere()
    {
        const Map map = Map().with("a", 1);
        QVERIFY(map.without("b").find("a") == map.find("a"));
        QVERIFY(Map().without("b").isEmpty());
    }
};

QTEST_APPLESS_MAIN(PersistentMapTest)
#include "persistent_map_test.moc"
