// SPDX-License-Identifier: GPL-3.0-or-later
// Instances are replaced without a gap, whatever becomes of the new ones.
#include "apps/rollout.h"

#include <QTest>

using namespace mainstay::apps;

namespace {

constexpr Member kOld{false, true};
constexpr Member kOldSilent{false, false};
constexpr Member kReady{true, true};
constexpr Member kStarting{true, false};

RolloutStep step(const std::vector<Member> &members, std::uint32_t wanted)
{
    return nextStep(members, wanted);
}

using Drain = std::vector<std::size_t>;

} // namespace

class RolloutTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theFirstStartTogether()
    {
        QCOMPARE(step({}, 3).start, 3U);
        QCOMPARE(step({kReady, kStarting}, 3).start, 1U);
        QCOMPARE(step({kReady, kReady, kReady}, 3), RolloutStep{});
    }
    void replacementsComeOneByOne()
    {
        QCOMPARE(step({kOld, kOld}, 2), (RolloutStep{1, {}}));
        QCOMPARE(step({kOld, kOld, kStarting}, 2), RolloutStep{});           // until it is ready
        QCOMPARE(step({kOld, kOld, kReady}, 2), (RolloutStep{1, Drain{0}})); // one for one
        QCOMPARE(step({kOld, kReady, kStarting}, 2), RolloutStep{});
        QCOMPARE(step({kOld, kReady, kReady}, 2), (RolloutStep{0, Drain{0}}));
    }
    void whatDoesNotAnswerGoesFirst()
    {
        QCOMPARE(step({kOld, kOldSilent, kReady}, 2), (RolloutStep{1, Drain{1}}));
        QCOMPARE(step({kOldSilent}, 1), (RolloutStep{1, {}})); // it may answer again before another does
    }
    void fewerAreWanted()
    {
        QCOMPARE(step({kReady, kReady, kReady}, 1), (RolloutStep{0, Drain{2, 1}}));
        QCOMPARE(step({kStarting, kReady, kReady}, 2), (RolloutStep{0, Drain{0}}));
        QCOMPARE(step({kOld, kOld, kOld}, 1), (RolloutStep{1, Drain{0, 1}}));
    }
    void theAppIsGone()
    {
        QCOMPARE(step({kOld, kOldSilent, kReady}, 0).start, 0U);
        QCOMPARE(step({kOld, kOldSilent, kReady}, 0).drain.size(), std::size_t{3});
    }
    // From any beginning, with instances that get ready in time, it ends as it should, with enough of them all the
    // while.
    void comesToAnEnd()
    {
        for (std::uint32_t old = 0; old < 5; ++old) {
            for (std::uint32_t wanted = 1; wanted < 5; ++wanted) {
                std::vector<Member> members(old, kOld);
                int steps = 0;
                for (; step(members, wanted) != RolloutStep{} || members.size() != wanted; ++steps) {
                    QVERIFY(steps < 50);
                    RolloutStep next = step(members, wanted);
                    std::sort(next.drain.rbegin(), next.drain.rend());
                    for (const std::size_t i : next.drain)
                        members.erase(members.begin() + static_cast<std::ptrdiff_t>(i));
                    const auto ready =
                        std::count_if(members.begin(), members.end(), [](const Member &m) { return m.ready; });
                    QVERIFY(ready >= std::min<std::ptrdiff_t>(old, wanted));
                    members.insert(members.end(), next.start, kStarting);
                    for (Member &member : members)
                        member.ready = true;
                }
                QVERIFY(std::all_of(members.begin(), members.end(), [](const Member &m) { return m.current; }));
            }
        }
    }
};

QTEST_APPLESS_MAIN(RolloutTest)
#include "rollout_test.moc"
