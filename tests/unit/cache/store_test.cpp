// SPDX-License-Identifier: GPL-3.0-or-later
// What a cache keeps and lets go, in memory and on the disk.
#include "cache/cache.h"
#include "cache/recording.h"

#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace mainstay;
using namespace mainstay::cache;

namespace {

constexpr std::int64_t kNow = 1'700'000'000;
constexpr std::uint64_t kMib = std::uint64_t{1} << 20;

// Nothing is varied by, or one field of that value.
class OneField final : public Selector {
public:
    explicit OneField(std::string value = {}) : m_value(std::move(value)) {}
    [[nodiscard]] std::string valuesOf(std::string_view) const override { return "\n" + m_value; }

private:
    std::string m_value;
};

std::shared_ptr<const Entry> entryOf(Cache &cache, const std::string &content, const std::string &fields = "")
{
    const std::string text = "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nConnection: X-Hop\r\nX-Hop: 1\r\nAge: 3\r\n" + fields +
                             "Content-Length: " + std::to_string(content.size()) + "\r\n\r\n";
    wire::ResponseHead head;
    if (head.parse(text, wire::Method::get) != wire::ParseStatus::complete)
        return nullptr;
    Recording recording(cache, content.size());
    recording.add(content);
    auto share = cache.reserve(Entry::costOf(head));
    auto body = recording.finish();
    Freshness freshness;
    freshness.received = kNow;
    freshness.lifetime = 60;
    return share && body ? std::make_shared<const Entry>(head, body, freshness, false, std::move(*share)) : nullptr;
}

std::string textOf(int number, const std::string &site = "a")
{
    return site + "\nhttp://www.test/" + std::to_string(number);
}

void put(Cache &cache, const std::string &text, const std::string &content)
{
    if (auto entry = entryOf(cache, content))
        cache.put(cache.key(text, "app"), "", "app", std::move(entry));
}

std::string contentOf(Cache &cache, const std::string &text)
{
    const auto found = cache.find(cache.key(text, "app"), OneField());
    return found.entry ? found.entry->content()->bytes : "";
}

std::string contentFromDisk(Cache &cache, const std::string &text)
{
    const Key key = cache.key(text, "app");
    const auto found = cache.find(key, OneField());
    if (!found.entry && found.file.number != 0)
        cache.readBehind(key, found, cache.flights().lead({key.hash, found.flight}),
                         [](const Cache::Job &job) { job(); });
    return contentOf(cache, text);
}

std::shared_ptr<Cache> makeCache(std::uint64_t memory, std::uint64_t disk = 0, const std::string &folder = {})
{
    return std::make_shared<Cache>("pages", 1, Cache::Limits{memory, disk, memory / 4, Milliseconds{1000}},
                                   Cache::Surroundings{folder, {}});
}

} // namespace

class StoreTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keepsWhatIsForAll()
    {
        const auto cache = makeCache(kMib);
        put(*cache, textOf(1), "hello");
        const auto found = cache->find(cache->key(textOf(1), "app"), OneField());
        QVERIFY(found.entry);
        QCOMPARE(found.entry->content()->bytes, std::string("hello"));
        const std::string head(found.entry->head());
        QVERIFY(head.starts_with("HTTP/1.1 200 OK\r\nETag: \"a\"\r\nDate: "));
        QVERIFY(head.ends_with("\r\nContent-Length: 5\r\n"));
        QVERIFY(head.find("X-Hop") == std::string::npos && head.find("Age") == std::string::npos);
        QVERIFY(!cache->find(cache->key(textOf(1), "other"), OneField()).entry);
        QVERIFY(!cache->find(cache->key(textOf(2), "app"), OneField()).entry);
    }

    void variants()
    {
        const auto cache = makeCache(kMib);
        const std::string text = textOf(1);
        const Key key = cache->key(text, "app");
        for (int i = 0; i < 20; ++i) {
            const std::string value = std::to_string(i);
            cache->put(key, "accept-language", "app\n" + value, entryOf(*cache, "in " + value));
        }
        for (int i = 0; i < 20; ++i) {
            const auto found = cache->find(key, OneField(std::to_string(i)));
            QCOMPARE(found.entry != nullptr, i >= 12); // the newest eight
            if (found.entry)
                QCOMPARE(found.entry->content()->bytes, "in " + std::to_string(i));
            else
                QVERIFY(found.hasOthers);
        }
        QCOMPARE(cache->usage().entries, 8U);
    }

    void staysWithinItsMemory()
    {
        const auto cache = makeCache(kMib);
        for (int i = 0; i < 5000; ++i) {
            put(*cache, textOf(i), std::string(static_cast<std::size_t>(i) * 7 % 9000, 'x'));
            QVERIFY(cache->usage().memory <= kMib);
        }
        QVERIFY(cache->usage().evicted > 4000);
        QVERIFY(cache->usage().entries > 50);
        cache->purge({});
        QCOMPARE(cache->usage().memory, 0U);
        QCOMPARE(cache->usage().entries, 0U);
    }

    // Also of what is being sent, and cannot go.
    void countsWhatIsHeld()
    {
        const auto cache = makeCache(kMib);
        std::vector<std::shared_ptr<const Entry>> held;
        for (int i = 0; i < 20; ++i) {
            put(*cache, textOf(i), std::string(100'000, 'x'));
            if (auto entry = cache->find(cache->key(textOf(i), "app"), OneField()).entry)
                held.push_back(std::move(entry));
            QVERIFY(cache->usage().memory <= kMib);
        }
        QVERIFY(held.size() < 12);
    }

    // What is asked for again and again stays, however much is asked for once.
    void resistsScans()
    {
        const auto cache = makeCache(kMib);
        for (int i = 0; i < 100; ++i)
            put(*cache, textOf(i), std::string(2000, 'h'));
        for (int round = 0; round < 3; ++round)
            for (int i = 0; i < 100; ++i)
                QVERIFY(!contentOf(*cache, textOf(i)).empty());
        for (int i = 1000; i < 5000; ++i)
            put(*cache, textOf(i), std::string(2000, 's'));
        int left = 0;
        for (int i = 0; i < 100; ++i)
            left += contentOf(*cache, textOf(i)).empty() ? 0 : 1;
        QVERIFY2(left > 90, qPrintable(QString::number(left)));
    }

    void recordings()
    {
        const auto cache = makeCache(kMib);
        {
            Recording unknown(*cache, std::nullopt);
            for (int i = 0; i < 100; ++i)
                unknown.add(std::string(1000, 'x'));
            const auto content = unknown.finish();
            QVERIFY(content);
            QCOMPARE(content->bytes.size(), 100'000U);
        }
        QCOMPARE(cache->usage().memory, 0U);
        Recording tooLong(*cache, kMib / 4 + 1);
        QVERIFY(tooLong.isLost());
        Recording grows(*cache, std::nullopt);
        grows.add(std::string(kMib / 4 + 1, 'x'));
        QVERIFY(grows.isLost() && !grows.finish());
        Recording cut(*cache, 10);
        cut.add("12345");
        QVERIFY(!cut.finish());
        Recording more(*cache, 3);
        more.add("12345");
        QVERIFY(!more.finish());
        Recording first(*cache, kMib / 4);
        QVERIFY(!first.isLost());
        Recording second(*cache, 100); // no more than a quarter of it is on its way in
        QVERIFY(second.isLost());
    }

    void purges_data()
    {
        QTest::addColumn<QString>("site");
        QTest::addColumn<QString>("prefix");
        QTest::addColumn<QString>("url");
        QTest::addColumn<QString>("left");
        QTest::newRow("all") << ""
                             << ""
                             << ""
                             << "";
        QTest::newRow("site") << "a"
                              << ""
                              << ""
                              << "d";
        QTest::newRow("prefix of paths") << ""
                                         << "/blog/"
                                         << ""
                                         << "c";
        QTest::newRow("prefix of URLs") << ""
                                        << "http://x.test/blog/"
                                        << ""
                                        << "cd";
        QTest::newRow("URL") << ""
                             << ""
                             << "http://x.test/blog/1?q"
                             << "acd";
        QTest::newRow("path") << ""
                              << ""
                              << "/blog/1"
                              << "bc";
        QTest::newRow("both") << "b"
                              << "/blog/"
                              << ""
                              << "abc";
        QTest::newRow("none") << "z"
                              << ""
                              << ""
                              << "abcd";
    }
    void purges()
    {
        QFETCH(QString, site);
        QFETCH(QString, prefix);
        QFETCH(QString, url);
        QFETCH(QString, left);
        const auto cache = makeCache(kMib);
        const std::vector<std::pair<char, std::string>> all{{'a', "a\nhttp://x.test/blog/1"},
                                                            {'b', "a\nhttp://x.test/blog/1?q"},
                                                            {'c', "a\nhttp://x.test/"},
                                                            {'d', "b\nhttp://y.test/blog/1"}};
        for (const auto &[name, text] : all)
            put(*cache, text, "x");
        const auto gone = cache->purge({site.toStdString(), prefix.toStdString(), url.toStdString()});
        std::string kept;
        for (const auto &[name, text] : all)
            kept += contentOf(*cache, text).empty() ? "" : std::string(1, name);
        QCOMPARE(QString::fromStdString(kept), left);
        QCOMPARE(gone, 4 - kept.size());
    }

    void flights()
    {
        const auto cache = makeCache(kMib);
        const Flights::Name name{1, 2};
        Flights &flights = cache->flights();
        int woken = 0;
        QCOMPARE(flights.wait(name, [&woken] { ++woken; }), 0U);
        {
            const Flights::Lead lead = flights.lead(name);
            QVERIFY(lead && !flights.lead(name) && !lead.isDoomed());
            const auto first = flights.wait(name, [&woken] { ++woken; });
            const auto second = flights.wait(name, [&woken] { woken += 10; });
            QVERIFY(first != 0 && second != 0);
            flights.leave(name, second);
            flights.doom(1);
            QVERIFY(lead.isDoomed());
            lead.setOutlook(Flights::Outlook::trouble, SteadyTime(Seconds(10)));
        }
        QCOMPARE(woken, 1);
        QVERIFY(flights.outlook(name, SteadyTime(Seconds(9))) == Flights::Outlook::trouble);
        QVERIFY(flights.outlook(name, SteadyTime(Seconds(10))) == Flights::Outlook::good);
        QVERIFY(flights.lead(name));
    }

    void outlivesARestart()
    {
        const QTemporaryDir folder;
        const std::string path = folder.path().toStdString();
        {
            const auto cache = makeCache(kMib, 10 * kMib, path);
            cache->settle();
            for (int i = 0; i < 50; ++i)
                put(*cache, textOf(i), "content " + std::to_string(i));
            cache->invalidate(textOf(7));
            cache->settle();
            QCOMPARE(cache->usage().files, 49U);
        }
        const auto cache = makeCache(kMib, 10 * kMib, path);
        cache->settle();
        QCOMPARE(cache->usage().files, 49U);
        QCOMPARE(cache->usage().entries, 0U);
        for (int i = 0; i < 50; ++i)
            QCOMPARE(contentFromDisk(*cache, textOf(i)), i == 7 ? "" : "content " + std::to_string(i));
        cache->purge({});
        QCOMPARE(cache->usage().disk, 0U);
        for (const auto &entry : std::filesystem::recursive_directory_iterator(path))
            QVERIFY(!entry.is_regular_file());
    }

    void neverTakesWhatIsNotWhole()
    {
        const QTemporaryDir folder;
        const std::string path = folder.path().toStdString();
        {
            const auto cache = makeCache(kMib, 10 * kMib, path);
            cache->settle();
            for (int i = 0; i < 40; ++i)
                put(*cache, textOf(i), std::string(5000, 'c') + std::to_string(i));
            cache->settle();
        }
        int number = 0;
        for (const auto &entry : std::filesystem::recursive_directory_iterator(path)) {
            if (!entry.is_regular_file())
                continue;
            const auto size = std::filesystem::file_size(entry.path());
            if (number % 4 == 0)
                std::filesystem::resize_file(entry.path(), size - 1); // cut
            if (number % 4 == 1) {                                    // another byte in the content, or in front of it
                std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
                file.seekp(static_cast<std::streamoff>(number % 8 == 1 ? size - 20 : 60));
                file.put('\1');
            }
            ++number;
        }
        std::ofstream(path + "/00/0000000000000a00") << "no such thing";
        std::ofstream(path + "/00/0000000000000b00.new") << "half";
        const auto cache = makeCache(kMib, 10 * kMib, path);
        cache->settle();
        int right = 0;
        for (int i = 0; i < 40; ++i) {
            const std::string content = contentFromDisk(*cache, textOf(i));
            QVERIFY(content.empty() || content == std::string(5000, 'c') + std::to_string(i));
            right += content.empty() ? 0 : 1;
        }
        QCOMPARE(right, 20);
        cache->settle();
        QVERIFY(!std::filesystem::exists(path + "/00/0000000000000a00"));
        QVERIFY(!std::filesystem::exists(path + "/00/0000000000000b00.new"));
    }

    void staysWithinItsDisk()
    {
        const QTemporaryDir folder;
        const auto cache = makeCache(kMib, kMib, folder.path().toStdString());
        cache->settle();
        for (int i = 0; i < 1000; ++i) {
            put(*cache, textOf(i), std::string(10'000, 'x'));
            if (i % 50 == 0)
                cache->settle();
            QVERIFY(cache->usage().disk <= kMib);
        }
        cache->settle();
        std::uint64_t size = 0;
        for (const auto &entry : std::filesystem::recursive_directory_iterator(folder.path().toStdString()))
            size += entry.is_regular_file() ? entry.file_size() : 0;
        QVERIFY(size <= kMib && size > kMib / 2);
    }

    void aDiskThatFailsBreaksNothing()
    {
        const QTemporaryDir folder;
        const std::string path = folder.path().toStdString() + "/file";
        std::ofstream(path) << "in the way";
        const auto cache = makeCache(kMib, kMib, path);
        cache->settle();
        put(*cache, textOf(1), "hello");
        cache->settle();
        QCOMPARE(contentOf(*cache, textOf(1)), std::string("hello"));
        QVERIFY(cache->usage().diskErrors > 0);
        QCOMPARE(cache->usage().files, 0U);
    }

    void manyThreads()
    {
        const QTemporaryDir folder;
        const auto cache = makeCache(kMib, 4 * kMib, folder.path().toStdString());
        std::vector<std::thread> threads;
        std::atomic<bool> isRight = true;
        for (int thread = 0; thread < 4; ++thread) {
            threads.emplace_back([&cache, &isRight, thread] {
                for (int i = 0; i < 3000; ++i) {
                    const int number = (i * 7 + thread * 13) % 300;
                    const std::string text = textOf(number);
                    const std::string wanted(static_cast<std::size_t>(number) * 30,
                                             static_cast<char>('a' + number % 26));
                    const std::string content = contentFromDisk(*cache, text);
                    if (!content.empty() && content != wanted)
                        isRight = false;
                    if (content.empty())
                        put(*cache, text, wanted);
                    if (i % 100 == 0)
                        cache->invalidate(text);
                    if (i % 1000 == 999)
                        cache->purge({"", "/1", ""});
                }
            });
        }
        for (std::thread &thread : threads)
            thread.join();
        QVERIFY(isRight);
        QVERIFY(cache->usage().memory <= kMib);
    }
};

QTEST_APPLESS_MAIN(StoreTest)
#include "store_test.moc"
