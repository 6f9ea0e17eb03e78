// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/rollout.h"

#include <algorithm>

namespace mainstay::apps {

namespace {

std::uint32_t countOf(std::span<const Member> members, bool current, bool ready)
{
    return static_cast<std::uint32_t>(std::count_if(members.begin(), members.end(), [&](const Member &member) {
        return member.current == current && member.ready == ready;
    }));
}

} // namespace

RolloutStep nextStep(std::span<const Member> members, std::uint32_t wanted)
{
    const std::uint32_t currentReady = countOf(members, true, true);
    const std::uint32_t starting = countOf(members, true, false);
    const std::uint32_t current = currentReady + starting;
    std::uint32_t old = countOf(members, false, true) + countOf(members, false, false);

    RolloutStep step;
    if (current < wanted)
        step.start = old == 0 ? wanted - current : (starting == 0 ? 1 : 0);
    // Old ones that do not answer are of no use to anybody, and go first.
    for (const bool ready : {false, true}) {
        for (std::size_t i = 0; i < members.size(); ++i) {
            const bool isSpare = currentReady + old > wanted || (wanted == 0);
            if (members[i].current || members[i].ready != ready || !isSpare)
                continue;
            step.drain.push_back(i);
            --old;
        }
    }
    // More than are wanted: the youngest go, those that are not ready first.
    std::uint32_t surplus = current > wanted ? current - wanted : 0;
    for (const bool ready : {false, true}) {
        for (std::size_t i = members.size(); i-- > 0 && surplus > 0;) {
            if (!members[i].current || members[i].ready != ready)
                continue;
            step.drain.push_back(i);
            --surplus;
        }
    }
    return step;
}

} // namespace mainstay::apps
