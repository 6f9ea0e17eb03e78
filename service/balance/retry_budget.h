// SPDX-License-Identifier: GPL-3.0-or-later
// How many requests may be tried again, so that servers in trouble are not asked several times as often.
#pragma once

#include "base/clock.h"

#include <cstdint>

namespace mainstay::balance {

// Worker thread. Retries are at most a share of the requests of the last five to ten seconds, and a few in any case.
class RetryBudget {
public:
    static constexpr Seconds kSpan{5};
    static constexpr std::uint64_t kFloor = 10;
    static constexpr std::uint32_t kAll = 100; // the share that is no limit

    void addRequest(SteadyTime now) noexcept
    {
        turn(now);
        ++m_current.requests;
    }
    // `share` in percent. False when it is used up; else it is used.
    [[nodiscard]] bool takeRetry(SteadyTime now, std::uint32_t share) noexcept
    {
        turn(now);
        const std::uint64_t requests = m_current.requests + m_before.requests;
        if (share < kAll && m_current.retries + m_before.retries >= kFloor + requests * share / 100)
            return false;
        ++m_current.retries;
        return true;
    }

private:
    struct Span {
        std::uint64_t requests = 0;
        std::uint64_t retries = 0;
    };

    void turn(SteadyTime now) noexcept
    {
        if (now - m_begun < kSpan)
            return;
        m_before = now - m_begun < 2 * kSpan ? m_current : Span{};
        m_current = {};
        m_begun = now;
    }

    SteadyTime m_begun{};
    Span m_current;
    Span m_before;
};

} // namespace mainstay::balance
