// SPDX-License-Identifier: GPL-3.0-or-later
// Tells a client that sends frames for their own sake from one that asks for something.
#pragma once

#include "base/clock.h"

#include <nghttp2/nghttp2.h>

#include <cstddef>

namespace mainstay::http {

// Worker thread. Of one connection. Frames that ask for no work, and resets, which take back what they asked for, use
// up a credit that grows with time; the continuations of one head are counted besides (RFC 9113 section 10.5). Updates
// of a window and pings do so only beyond what was sent gives reason for: some measure the way with each frame.
class Http2FloodGuard {
public:
    explicit Http2FloodGuard(SteadyTime now) : m_creditAt(now) {}

    // Called for each frame that begins. False when the client has sent more than any honest one needs.
    [[nodiscard]] bool admits(const nghttp2_frame_hd &header, SteadyTime now) noexcept;
    // Uses up credit for something else that asks for no work. False as there.
    [[nodiscard]] bool charge(SteadyTime now) noexcept;
    // Called for each frame that was sent.
    void sent(const nghttp2_frame_hd &header) noexcept;

private:
    [[nodiscard]] bool hasReason(const nghttp2_frame_hd &header) noexcept;

    static constexpr double kMostCredit = 1000; // frames at once
    static constexpr double kCreditPerSecond = 100;

    double m_credit = kMostCredit;
    SteadyTime m_creditAt;
    unsigned m_continuations = 0; // of the head that comes
    std::size_t m_updates = 0;    // of windows, that what was sent gives reason for
    std::size_t m_pings = 0;      // likewise
};

} // namespace mainstay::http
