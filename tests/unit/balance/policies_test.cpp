// SPDX-License-Identifier: GPL-3.0-or-later
// Which server the policies pick, and that each gets its share.
#include "balance/least_connections.h"
#include "balance/retry_budget.h"
#include "balance/round_robin.h"

#include <QTest>

#include <algorithm>
#include <string>
#include <vector>

using namespace mainstay::balance;

namespace {

struct Server {
    std::uint32_t weight = 1;
    std::uint32_t inFlight = 0;
    bool eligible = true;
};

struct Servers {
    std::vector<Server> all;

    [[nodiscard]] std::size_t size() const { return all.size(); }
    [[nodiscard]] bool eligible(std::size_t i) const { return all[i].eligible; }
    [[nodiscard]] std::uint32_t weight(std::size_t i) const { return all[i].weight; }
    [[nodiscard]] std::uint32_t inFlight(std::size_t i) const { return all[i].inFlight; }
};

static_assert(CountedCandidates<Servers>);

// Other workers give them a request at every look.
struct BusyServers : Servers {
    mutable std::uint32_t looks = 0;

    [[nodiscard]] std::uint32_t inFlight(std::size_t) const { return ++looks; }
};

// The picks in order, as letters; "-" where there was none.
template <class Policy>
std::string picks(Policy &policy, const Servers &servers, int count)
{
    std::string order;
    for (int i = 0; i < count; ++i) {
        const auto picked = policy.pick(servers);
        order += picked ? static_cast<char>('a' + *picked) : '-';
    }
    return order;
}

auto share(const std::string &order, char server)
{
    return std::count(order.begin(), order.end(), server);
}

} // namespace

class PoliciesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void takesTurns();
    void spreadsHeavyTurns();
    void startsAtItsPhase();
    void skipsWhatIsNotEligible();
    void returnsWithoutABurst();
    void adaptsToAnotherNumber();
    void keepsExactShares();
    void picksTheLeastBusy();
    void weighsConnections();
    void idleServersTakeWeightedTurns();
    void tiesRotateAmongTheLeastBusyOnly();
    void picksThoughTheLoadChangesMeanwhile();
    void comparesLargeNumbersExactly();
    void retriesAreAShareOfTheRequests();
};

void PoliciesTest::takesTurns()
{
    RoundRobin policy;
    QCOMPARE(picks(policy, {{{}, {}, {}}}, 7), std::string("abcabca"));
}

void PoliciesTest::spreadsHeavyTurns()
{
    RoundRobin policy;
    QCOMPARE(picks(policy, {{{5}, {1}, {1}}}, 14), std::string("aabacaaaabacaa"));
}

void PoliciesTest::startsAtItsPhase()
{
    const Servers servers{{{}, {}, {}}};
    RoundRobin second(1);
    QCOMPARE(picks(second, servers, 4), std::string("bcab"));
    RoundRobin fifth(5);
    QCOMPARE(picks(fifth, servers, 4), std::string("cabc"));
    LeastConnections least(2);
    QCOMPARE(picks(least, servers, 4), std::string("cabc"));
}

void PoliciesTest::skipsWhatIsNotEligible()
{
    RoundRobin turns;
    LeastConnections least;
    const Servers one{{{1, 0, false}, {0}, {1, 90}}};
    QCOMPARE(picks(turns, one, 3), std::string("ccc"));
    QCOMPARE(picks(least, one, 3), std::string("ccc"));
    const Servers none{{{1, 0, false}, {0}}};
    QCOMPARE(picks(turns, none, 2), std::string("--"));
    QCOMPARE(picks(least, none, 2), std::string("--"));
    QCOMPARE(picks(turns, {}, 1), std::string("-"));
    QCOMPARE(picks(least, {}, 1), std::string("-"));
}

// A server that was away gets its share from now on, not what it missed.
void PoliciesTest::returnsWithoutABurst()
{
    RoundRobin policy;
    (void)picks(policy, {{{}, {1, 0, false}}}, 100);
    const std::string order = picks(policy, {{{}, {}}}, 10);
    QCOMPARE(share(order, 'b'), 5);
    QVERIFY(order.find("bbb") == std::string::npos);
}

void PoliciesTest::adaptsToAnotherNumber()
{
    RoundRobin policy;
    (void)picks(policy, {{{}, {}, {}}}, 4);
    QCOMPARE(picks(policy, {{{}, {}}}, 4), std::string("abab"));
}

void PoliciesTest::keepsExactShares()
{
    RoundRobin policy;
    const Servers servers{{{7}, {3}, {256}, {1}, {33}}};
    const std::string order = picks(policy, servers, 300);
    for (std::size_t i = 0; i < servers.size(); ++i)
        QCOMPARE(share(order, static_cast<char>('a' + i)), static_cast<std::ptrdiff_t>(servers.weight(i)));
}

void PoliciesTest::picksTheLeastBusy()
{
    LeastConnections policy;
    QCOMPARE(picks(policy, {{{1, 3}, {1, 2}, {1, 4}}}, 2), std::string("bb"));

    // Requests that stay: each goes where the fewest are.
    Servers servers{{{}, {}, {}}};
    for (int i = 0; i < 30; ++i)
        ++servers.all[policy.pick(servers).value()].inFlight;
    for (const Server &server : servers.all)
        QCOMPARE(server.inFlight, 10U);
}

void PoliciesTest::weighsConnections()
{
    LeastConnections policy;
    QCOMPARE(picks(policy, {{{3, 5}, {1, 2}}}, 1), std::string("a"));
    Servers servers{{{3}, {1}, {2}}};
    for (int i = 0; i < 600; ++i)
        ++servers.all[policy.pick(servers).value()].inFlight;
    QCOMPARE(servers.all[0].inFlight, 300U);
    QCOMPARE(servers.all[1].inFlight, 100U);
    QCOMPARE(servers.all[2].inFlight, 200U);
}

void PoliciesTest::idleServersTakeWeightedTurns()
{
    LeastConnections policy;
    const std::string order = picks(policy, {{{3}, {1}}}, 40);
    QCOMPARE(share(order, 'a'), 30);
}

void PoliciesTest::tiesRotateAmongTheLeastBusyOnly()
{
    LeastConnections policy;
    const std::string order = picks(policy, {{{1, 1}, {1, 2}, {1, 1}}}, 10);
    QCOMPARE(share(order, 'a'), 5);
    QCOMPARE(share(order, 'c'), 5);
}

void PoliciesTest::picksThoughTheLoadChangesMeanwhile()
{
    LeastConnections policy;
    const BusyServers servers{{{{}, {}}}};
    for (int i = 0; i < 10; ++i)
        QVERIFY(policy.pick(servers));
    QVERIFY(policy.pick(BusyServers{{{{}}}}));
}

void PoliciesTest::comparesLargeNumbersExactly()
{
    LeastConnections policy;
    QCOMPARE(picks(policy, {{{4294967295U, 4294967295U}, {4294967295U, 4294967294U}}}, 1), std::string("b"));
}

void PoliciesTest::retriesAreAShareOfTheRequests()
{
    RetryBudget budget;
    mainstay::SteadyTime now{mainstay::Seconds(1000)};
    const auto taken = [&] {
        int count = 0;
        while (count < 1000 && budget.takeRetry(now, 20))
            ++count;
        return count;
    };
    QCOMPARE(taken(), 10); // always
    for (int i = 0; i < 100; ++i)
        budget.addRequest(now);
    QCOMPARE(taken(), 20);
    now += mainstay::Seconds(6); // what was used still counts
    QCOMPARE(taken(), 0);
    for (int i = 0; i < 50; ++i)
        budget.addRequest(now);
    QCOMPARE(taken(), 10);
    now += mainstay::Seconds(20); // and is forgotten
    QCOMPARE(taken(), 10);
    QVERIFY(budget.takeRetry(now, RetryBudget::kAll));
}

QTEST_APPLESS_MAIN(PoliciesTest)
#include "policies_test.moc"
