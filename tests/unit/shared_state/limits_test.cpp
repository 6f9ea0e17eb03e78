// SPDX-License-Identifier: GPL-3.0-or-later
// Rates and counts of clients: exact for few, bounded for many, and the same from several threads.
#include "shared_state/client_counts.h"
#include "shared_state/rate_table.h"

#include <QTest>

#include <atomic>
#include <thread>
#include <vector>

using namespace mainstay;
using namespace mainstay::shared_state;
using namespace std::chrono_literals;

namespace {

const SteadyTime kStart{std::chrono::hours(1)};

} // namespace

class LimitsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void hashes()
    {
        // The test vectors of its authors: the key 00 01 … 0f, the texts 00 01 ….
        const KeyedHash hash({0x0706050403020100, 0x0f0e0d0c0b0a0908});
        std::string text;
        const auto next = [&] {
            const std::uint64_t value = hash(text);
            text += static_cast<char>(text.size());
            return value;
        };
        QCOMPARE(next(), std::uint64_t(0x726fdb47dd0e0e31));
        QCOMPARE(next(), std::uint64_t(0x74f839c593dc67fd));
        for (int i = 2; i < 15; ++i)
            (void)next();
        QCOMPARE(next(), std::uint64_t(0xa129ca6149be45e5));
        QVERIFY(KeyedHash()("a") != KeyedHash()("a"));
    }

    void rates()
    {
        RateTable table;
        const RateTable::Rate rate{100ms, 200ms}; // three at once
        const auto key = table.key(1, "a");
        for (int i = 0; i < 3; ++i)
            QCOMPARE(table.take(key, rate, kStart).count(), 0);
        QCOMPARE(table.take(key, rate, kStart), 100ms);
        QCOMPARE(table.take(key, rate, kStart + 40ms), 60ms); // what was refused has not counted
        QCOMPARE(table.take(table.key(2, "a"), rate, kStart).count(), 0);
        QCOMPARE(table.take(table.key(1, "b"), rate, kStart).count(), 0);
        QCOMPARE(table.take(key, rate, kStart + 100ms).count(), 0);
        QCOMPARE(table.take(key, rate, kStart + 100ms), 100ms);
        table.giveBack(key, rate);
        QCOMPARE(table.take(key, rate, kStart + 100ms).count(), 0);
        for (int i = 0; i < 3; ++i)
            QCOMPARE(table.take(key, rate, kStart + 24h).count(), 0); // never more than three at once
        QVERIFY(table.take(key, rate, kStart + 24h) > 0ns);
    }

    void whoUsedUpTheMostIsRemembered()
    {
        RateTable table(64);
        const RateTable::Rate rate{1s, 9s};
        const auto greedy = table.key(1, "greedy");
        for (int i = 0; i < 10; ++i)
            QCOMPARE(table.take(greedy, rate, kStart).count(), 0);
        for (int i = 0; i < 100'000; ++i)
            QCOMPARE(table.take(table.key(1, std::to_string(i)), rate, kStart + 1ms).count(), 0);
        QVERIFY(table.take(greedy, rate, kStart + 1ms) > 0ns);
    }

    void ratesFromSeveralThreads()
    {
        RateTable table;
        const RateTable::Rate rate{1h, 999 * 1h};
        std::atomic<int> allowed = 0;
        std::vector<std::thread> threads;
        for (int thread = 0; thread < 4; ++thread)
            threads.emplace_back([&] {
                for (int i = 0; i < 1000; ++i)
                    allowed += table.take(table.key(1, "a"), rate, kStart).count() == 0 ? 1 : 0;
            });
        for (std::thread &thread : threads)
            thread.join();
        QCOMPARE(allowed.load(), 1000);
    }

    void counts()
    {
        ClientCounts table;
        const auto key = table.key(1, "a");
        auto first = table.enter(key, 2);
        auto second = table.enter(key, 2);
        QVERIFY(first && second && !table.enter(key, 2));
        QVERIFY(table.enter(table.key(2, "a"), 1).has_value());
        ClientCounts::Hold moved = std::move(*first);
        first.reset();
        QVERIFY(!table.enter(key, 2));
        moved = {};
        QVERIFY(table.enter(key, 2).has_value()); // and gone at once
        QVERIFY(table.enter(key, 2).has_value());
    }

    void countsAreBounded()
    {
        ClientCounts table(64);
        std::vector<ClientCounts::Hold> holds;
        for (int i = 0; i < 1000; ++i) {
            auto hold = table.enter(table.key(1, std::to_string(i)), 1);
            QVERIFY(hold.has_value());
            holds.push_back(std::move(*hold));
        }
        holds.clear();
        for (int i = 0; i < 1000; ++i) {
            const auto key = table.key(1, std::to_string(i));
            const auto hold = table.enter(key, 1);
            QVERIFY(hold && !table.enter(key, 1)); // all places are free again
        }
    }

    void countsFromSeveralThreads()
    {
        ClientCounts table;
        const auto key = table.key(1, "a");
        std::atomic<int> most = 0;
        std::atomic<int> now = 0;
        std::vector<std::thread> threads;
        for (int thread = 0; thread < 4; ++thread)
            threads.emplace_back([&] {
                for (int i = 0; i < 5000; ++i) {
                    const auto hold = table.enter(key, 2);
                    if (!hold)
                        continue;
                    most = std::max(most.load(), ++now);
                    --now;
                }
            });
        for (std::thread &thread : threads)
            thread.join();
        QVERIFY(most <= 2);
        const auto first = table.enter(key, 2);
        const auto second = table.enter(key, 2);
        QVERIFY(first && second);
    }
};

QTEST_APPLESS_MAIN(LimitsTest)
#include "limits_test.moc"
