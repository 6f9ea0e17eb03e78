// SPDX-License-Identifier: GPL-3.0-or-later
// The name trie against std::map: random names of all octets, versions that live on while the next one is changed.
#include "snapshot/name_trie.h"

#include <QTest>

#include <atomic>
#include <map>
#include <random>
#include <thread>
#include <vector>

using namespace mainstay;
using snapshot::NameKey;
using snapshot::NamePath;
using snapshot::Ref;

namespace {

std::atomic<int> g_live = 0;

class Value final : public snapshot::Counted<Value> {
public:
    Value(wire::NameView name, int number) : m_name(name), m_number(number) { ++g_live; }
    static void destroy(const Value *value) noexcept { delete value; }
    [[nodiscard]] wire::NameView name() const noexcept { return m_name; }
    [[nodiscard]] int number() const noexcept { return m_number; }

private:
    friend class snapshot::Counted<Value>;
    ~Value() { --g_live; }

    wire::Name m_name;
    int m_number;
};

using Trie = snapshot::NameTrie<Value>;
using Model = std::map<wire::Name, int>;

wire::Name name(const char *text)
{
    return wire::Name::parse(text).value();
}

void put(Trie &trie, wire::NameView name, int number = 0)
{
    trie.put(NameKey(name), Ref<Value>::adopt(new Value(name, number)), static_cast<std::uint64_t>(number));
}

// Names over few labels, so that many are ancestors of others, with octets from every range.
wire::Name randomName(std::mt19937 &random)
{
    static const std::vector<std::string> labels = {"a",
                                                    "b",
                                                    "ab",
                                                    "abc",
                                                    "A",
                                                    "*",
                                                    "-",
                                                    "_x",
                                                    "www",
                                                    "w1",
                                                    "\x01x",
                                                    "\xffyy",
                                                    "{",
                                                    "!!",
                                                    ",",
                                                    "@a",
                                                    std::string(63, 'z'),
                                                    std::string(2, '\0'),
                                                    "\x7f",
                                                    "~",
                                                    "[",
                                                    "`q",
                                                    ".",
                                                    "z9",
                                                    "zzzz",
                                                    "00",
                                                    "*a"};
    wire::Name name;
    for (unsigned left = random() % 4; left > 0; --left)
        name.append(std::string_view(labels[random() % labels.size()]));
    return name;
}

void check(const Trie &trie, const Model &model)
{
    auto expected = model.begin();
    trie.forEach([&](const Value &value, std::uint64_t tag) {
        QVERIFY(expected != model.end());
        QVERIFY(value.name() == expected->first.view());
        QCOMPARE(value.number(), expected->second);
        QCOMPARE(tag, static_cast<std::uint64_t>(expected->second));
        ++expected;
    });
    QVERIFY(expected == model.end());
}

void checkAround(const Trie &trie, const Model &model, const wire::Name &wanted)
{
    const NameKey key(wanted);
    const auto exact = model.find(wanted);
    const Value *found = trie.find(key);
    QCOMPARE(found != nullptr, exact != model.end());
    if (found)
        QCOMPARE(found->number(), exact->second);

    const auto next = model.lower_bound(wanted);
    const Value *before = trie.before(key);
    QCOMPARE(before != nullptr, next != model.begin());
    if (before)
        QCOMPARE(before->number(), std::prev(next)->second);

    std::vector<int> ancestors;
    std::size_t labels = 0;
    for (std::size_t skip = wanted.view().labelCount() + 1; skip-- > 0;) {
        const auto ancestor = model.find(wire::Name(wanted.view().without(skip)));
        if (ancestor == model.end())
            continue;
        ancestors.push_back(ancestor->second);
        labels = ancestor->first.view().labelCount();
    }
    NamePath<Value> path;
    trie.descend(key, path);
    QCOMPARE(path.size(), ancestors.size());
    for (std::size_t i = 0; i < ancestors.size(); ++i)
        QCOMPARE(path[i].number(), ancestors[i]);
    if (path.isEmpty())
        return;
    QCOMPARE(path.lastLabels(), labels);

    const wire::NameView last = path.last().name();
    const std::uint8_t star[] = {1, '*'};
    const auto wildcard = model.find(wire::Name::join(star, last).value());
    QCOMPARE(path.wildcard() != nullptr, wildcard != model.end());
    if (path.wildcard())
        QCOMPARE(path.wildcard()->number(), wildcard->second);
    const bool hasBelow = std::any_of(model.begin(), model.end(), [last](const auto &entry) {
        return entry.first.view().size() > last.size() && entry.first.view().isAtOrBelow(last);
    });
    QCOMPARE(path.hasBelow(), hasBelow);
}

} // namespace

class NameTrieTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { QCOMPARE(g_live.load(), 0); }

    void emptyTrieFindsNothing()
    {
        const Trie trie;
        NamePath<Value> path;
        trie.descend(NameKey(name("a.")), path);
        QVERIFY(path.isEmpty());
        QVERIFY(!trie.find(NameKey(name("a."))));
        QVERIFY(!trie.before(NameKey(name("a."))));
    }

    void caseDoesNotMatter()
    {
        Trie trie;
        put(trie, name("WWW.Example."), 1);
        put(trie, name("www.eXample."), 2);
        QCOMPARE(trie.find(NameKey(name("www.example.")))->number(), 2);
    }

    // The longest keys there are: all octets need two symbols.
    void longestNames()
    {
        Trie trie;
        wire::Name longest;
        for (const std::size_t size : {63u, 63u, 63u, 61u})
            QVERIFY(longest.append(std::string_view(std::string(size, '\xfe'))));
        QCOMPARE(longest.view().size(), wire::kMaxNameSize);
        wire::Name deepest;
        for (std::size_t i = 0; i < wire::kMaxLabelCount; ++i)
            QVERIFY(deepest.append("\xfe"));
        put(trie, longest, 1);
        put(trie, deepest, 2);
        for (wire::NameView up = deepest.view().parent(); !up.isRoot(); up = up.parent())
            put(trie, up, 3);
        NamePath<Value> path;
        trie.descend(NameKey(deepest), path);
        QCOMPARE(path.size(), wire::kMaxLabelCount);
        QCOMPARE(path.last().number(), 2);
        QCOMPARE(trie.find(NameKey(longest))->number(), 1);
    }

    void likeAMap()
    {
        std::mt19937 random(1);
        Trie trie;
        Model model;
        std::vector<std::pair<Trie, Model>> versions;
        for (int step = 0; step < 6000; ++step) {
            const wire::Name name = randomName(random);
            if (random() % 3 == 0) {
                QCOMPARE(trie.erase(NameKey(name)), model.erase(name) == 1);
            } else {
                put(trie, name, step);
                model.insert_or_assign(name, step);
            }
            checkAround(trie, model, randomName(random));
            if (QTest::currentTestFailed())
                return;
            if (step % 500 == 0)
                versions.emplace_back(trie, model);
        }
        check(trie, model);
        for (const auto &[version, content] : versions)
            check(version, content);
        // Versions go in any order, the newest first here.
        trie = Trie();
        while (!versions.empty()) {
            check(versions.back().first, versions.back().second);
            versions.pop_back();
        }
    }

    // What a thread sanitizer is to look at: nothing a builder does to the next version touches what readers of this
    // one read, and the last to let go of a version may be any thread.
    void readersNeedNoLock()
    {
        std::mt19937 random(4);
        Trie trie;
        std::vector<wire::Name> names;
        for (int i = 0; i < 500; ++i) {
            names.push_back(randomName(random));
            put(trie, names.back(), i);
        }
        std::atomic<bool> stop = false;
        std::atomic<std::size_t> found = 0;
        std::thread reader([&stop, &found, &names, version = trie] {
            NamePath<Value> path;
            while (!stop) {
                for (const wire::Name &name : names) {
                    version.descend(NameKey(name), path);
                    found += path.last().name() == name.view() ? 1 : 0;
                }
            }
        });
        for (int step = 0; step < 3000; ++step) {
            if (step % 2 == 0)
                put(trie, randomName(random), step);
            else
                trie.erase(NameKey(names[static_cast<std::size_t>(step) % names.size()]));
        }
        trie = Trie();
        stop = true;
        reader.join();
        QCOMPARE(found.load() % names.size(), std::size_t{0});
    }

    void erasingAllLeavesNothing()
    {
        std::mt19937 random(2);
        Trie trie;
        std::vector<wire::Name> names;
        for (int i = 0; i < 300; ++i) {
            names.push_back(randomName(random));
            put(trie, names.back(), i);
        }
        std::shuffle(names.begin(), names.end(), random);
        const Trie before = trie;
        for (const wire::Name &name : names)
            trie.erase(NameKey(name));
        QVERIFY(trie.isEmpty());
        QVERIFY(!before.isEmpty());
    }
};

QTEST_APPLESS_MAIN(NameTrieTest)
#include "name_trie_test.moc"
