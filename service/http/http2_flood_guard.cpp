// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/http2_flood_guard.h"

#include <algorithm>

namespace mainstay::http {

namespace {

constexpr unsigned kMostContinuations = 8;

bool asksForNothing(const nghttp2_frame_hd &header) noexcept
{
    switch (header.type) {
    case NGHTTP2_PING:
    case NGHTTP2_SETTINGS:
    case NGHTTP2_PRIORITY:
    case NGHTTP2_RST_STREAM:
    case NGHTTP2_CONTINUATION:
        return true;
    case NGHTTP2_DATA:
        return header.length == 0 && (header.flags & NGHTTP2_FLAG_END_STREAM) == 0;
    default:
        return false;
    }
}

} // namespace

bool Http2FloodGuard::admits(const nghttp2_frame_hd &header, SteadyTime now) noexcept
{
    m_continuations = header.type == NGHTTP2_CONTINUATION ? m_continuations + 1 : 0;
    if (!asksForNothing(header))
        return true;
    m_credit += std::chrono::duration<double>(now - m_creditAt).count() * kCreditPerSecond;
    m_credit = std::min(m_credit, kMostCredit) - 1;
    m_creditAt = now;
    return m_credit >= 0 && m_continuations <= kMostContinuations;
}

} // namespace mainstay::http
