// SPDX-License-Identifier: GPL-3.0-or-later
// How long to wait before a program that ended is started again.
#pragma once

#include "base/clock.h"

#include <algorithm>

namespace mainstay::guard {

// One thread. The first restart is immediate; each further one waits, twice as long every time; who has run well for
// kHealthyAfter begins anew.
class RestartBackoff {
public:
    static constexpr Milliseconds kFirstDelay{100};
    static constexpr Milliseconds kLongestDelay{30'000};
    static constexpr Milliseconds kHealthyAfter{60'000};

    // `ran` is how long the program lived this time.
    Milliseconds afterExit(Milliseconds ran)
    {
        if (ran >= kHealthyAfter)
            reset();
        const Milliseconds delay = m_next;
        m_next = std::clamp(2 * m_next, kFirstDelay, kLongestDelay);
        return delay;
    }
    // For a program that will fail again until people change something.
    static constexpr Milliseconds untilChanged() { return kLongestDelay; }
    void reset() { m_next = Milliseconds::zero(); }

private:
    Milliseconds m_next{0};
};

} // namespace mainstay::guard
