// SPDX-License-Identifier: GPL-3.0-or-later
// Suggestions are made for slips, and not for words that merely share letters.
#include "schema/near_miss.h"

#include <QTest>

using mainstay::schema::nearMiss;
using mainstay::schema::suggestion;

class NearMissTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void finds_data()
    {
        QTest::addColumn<QString>("word");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char *word, const char *expected) {
            QTest::newRow(word) << QString::fromUtf8(word) << QString::fromUtf8(expected);
        };
        row("balnce", "balance");
        row("balacne", "balance");
        row("Balance", "balance");
        row("balances", "balance");
        row("wieght", "weight");
        row("health-path", "health_path");
        row("helth_pth", "health_path");
        row("ap", "app");
        row("app", "app");
        row("pp", "app");
        row("xyz", "");
        row("pool", "");
        row("a", "");
        row("", "");
        row("balance_of_power", "");
    }

    void finds()
    {
        QFETCH(QString, word);
        QFETCH(QString, expected);
        QCOMPARE(QString::fromStdString(nearMiss(word.toStdString(), {"balance", "weight", "health_path", "app"})),
                 expected);
    }

    void takesTheNearest()
    {
        QCOMPARE(nearMiss("server1", {"server12", "server2", "server1x", "server1"}), std::string("server1"));
        QCOMPARE(nearMiss("idle_timout", {"head_timeout", "idle_timeout", "body_timeout"}),
                 std::string("idle_timeout"));
    }

    void listsWhenNoneIsNear()
    {
        QCOMPARE(suggestion("zzz", {"http", "dns"}), std::string("known: `http`, `dns`"));
        QCOMPARE(suggestion("htp", {"http", "dns"}), std::string("did you mean `http`?"));
        QCOMPARE(suggestion("zzz", {}), std::string());
    }

    void ignoresVeryLongWords() { QCOMPARE(nearMiss(std::string(100000, 'a'), {"app"}), std::string()); }
};

QTEST_APPLESS_MAIN(NearMissTest)
#include "near_miss_test.moc"
