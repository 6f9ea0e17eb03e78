// SPDX-License-Identifier: GPL-3.0-or-later
// What the guard decides without asking the system: when to restart, as whom to run, where a line ends.
#include "guard/identity.h"
#include "guard/line_splitter.h"
#include "guard/restart_backoff.h"

#include <QTest>

#include <map>

using namespace mainstay;
using namespace mainstay::guard;

namespace {

std::optional<Identity> users(const std::string &name)
{
    if (name == "root" || name == "toor")
        return Identity{name, "/root", 0, 0, {0}};
    if (name == "mainstay")
        return Identity{name, "/var/lib/mainstay", 990, 990, {990}};
    return std::nullopt;
}

std::vector<std::string> linesOf(std::initializer_list<std::string> parts)
{
    LineSplitter splitter;
    std::vector<std::string> lines;
    const auto keep = [&lines](std::string_view line) { lines.emplace_back(line); };
    for (const std::string &part : parts)
        splitter.feed(part, keep);
    splitter.finish(keep);
    return lines;
}

} // namespace

class PoliciesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theFirstRestartIsImmediateAndEachNextTwiceAsLate()
    {
        RestartBackoff backoff;
        QVERIFY(backoff.afterExit(Milliseconds(5)) == Milliseconds(0));
        for (int expected = 100; expected < 30'000; expected *= 2)
            QVERIFY(backoff.afterExit(Milliseconds(5)) == Milliseconds(expected));
        QVERIFY(backoff.afterExit(Milliseconds(5)) == Seconds(30));
        QVERIFY(backoff.afterExit(Milliseconds(59'999)) == Seconds(30));
    }

    void aMinuteOfHealthBeginsAnew()
    {
        RestartBackoff backoff;
        for (int i = 0; i < 20; ++i)
            (void)backoff.afterExit(Milliseconds(5));
        QVERIFY(backoff.afterExit(Seconds(60)) == Milliseconds(0));
        QVERIFY(backoff.afterExit(Milliseconds(5)) == Milliseconds(100));
    }

    void rootIsNeverChosen()
    {
        QCOMPARE(chooseIdentity(0, std::nullopt, users).error().code, std::string("guard.is-root"));
        QCOMPARE(chooseIdentity(0, "root", users).error().code, std::string("user.is-root"));
        QCOMPARE(chooseIdentity(0, "toor", users).error().code, std::string("user.is-root"));
        QCOMPARE(chooseIdentity(1000, "root", users).error().code, std::string("user.is-root"));
        QCOMPARE(chooseIdentity(0, "nosuch", users).error().code, std::string("user.unknown"));
        QVERIFY(chooseIdentity(0, std::nullopt, users).error().text().find("--user NAME") != std::string::npos);
    }

    void rootBecomesTheUserNamed()
    {
        const auto identity = chooseIdentity(0, "mainstay", users).value();
        QVERIFY(identity);
        QCOMPARE(identity->user, uid_t(990));
    }

    void othersStayWhoTheyAre()
    {
        QVERIFY(!chooseIdentity(1000, std::nullopt, users).value());
        QVERIFY(!chooseIdentity(990, "mainstay", users).value());
        QCOMPARE(chooseIdentity(1000, "mainstay", users).error().code, std::string("user.not-permitted"));
    }

    void anAppIsToldOfItsOwnSetting()
    {
        const std::map<std::string, std::string> codes{
            {"root", "user.is-root"}, {"nosuch", "user.unknown"}, {"mainstay", "user.not-permitted"}};
        for (const auto &[user, code] : codes) {
            const auto chosen = chooseAppIdentity(1000, user, users);
            QCOMPARE(chosen.error().code, code);
            QVERIFY(chosen.error().text().find("--user") == std::string::npos);
            QVERIFY(chosen.error().text().find(user) != std::string::npos);
        }
        QCOMPARE(chooseAppIdentity(0, "mainstay", users).value()->user, uid_t(990));
        QVERIFY(!chooseAppIdentity(990, "mainstay", users).value());
    }

    void linesAcrossReads()
    {
        QVERIFY(linesOf({"one\ntw", "o\r\n", "\nlast"}) == (std::vector<std::string>{"one", "two", "", "last"}));
        QVERIFY(linesOf({}).empty());
        QVERIFY(linesOf({"a\n", ""}) == std::vector<std::string>{"a"});
    }

    void longLinesComeInPieces()
    {
        const std::string full(LineSplitter::kMaxLineBytes, 'x');
        QVERIFY(linesOf({full + "\n", "next\n"}) == (std::vector<std::string>{full, "next"}));
        QVERIFY(linesOf({full, "\n", "next\n"}) == (std::vector<std::string>{full, "next"}));
        QVERIFY(linesOf({full + "y\n"}) == (std::vector<std::string>{full, "y"}));
        QVERIFY(linesOf({full, "y\n"}) == (std::vector<std::string>{full, "y"}));
        QVERIFY(linesOf({full + full + full}) == (std::vector<std::string>{full, full, full}));
    }
};

QTEST_APPLESS_MAIN(PoliciesTest)
#include "policies_test.moc"
