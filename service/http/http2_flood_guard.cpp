// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/http2_flood_guard.h"

#include <algorithm>

namespace mainstay::http {

namespace {

constexpr unsigned kMostContinuations = 8;
// A client may open its windows, of the stream and of the connection, with every frame and again with every part of one
// that it has read.
constexpr std::size_t kUpdatesPerFrame = 2;
constexpr std::size_t kBytesPerUpdate = 1024;
constexpr std::size_t kMostUpdates = 65536; // as many as 64 MiB under way give reason for
constexpr std::size_t kMostPings = 1024;

bool asksForNothing(const nghttp2_frame_hd &header) noexcept
{
    switch (header.type) {
    case NGHTTP2_PING:
    case NGHTTP2_SETTINGS:
    case NGHTTP2_PRIORITY:
    case NGHTTP2_RST_STREAM:
    case NGHTTP2_WINDOW_UPDATE:
    case NGHTTP2_CONTINUATION:
        return true;
    case NGHTTP2_DATA:
        return header.length == 0 && (header.flags & NGHTTP2_FLAG_END_STREAM) == 0;
    case NGHTTP2_HEADERS:
    case NGHTTP2_PUSH_PROMISE: // which nobody may send here
    case NGHTTP2_GOAWAY:
        return false;
    default: // kinds that are unknown (section 5.5)
        return true;
    }
}

} // namespace

bool Http2FloodGuard::admits(const nghttp2_frame_hd &header, SteadyTime now) noexcept
{
    m_continuations = header.type == NGHTTP2_CONTINUATION ? m_continuations + 1 : 0;
    if (!asksForNothing(header) || hasReason(header))
        return true;
    return charge(now) && m_continuations <= kMostContinuations;
}

bool Http2FloodGuard::charge(SteadyTime now) noexcept
{
    m_credit += std::chrono::duration<double>(now - m_creditAt).count() * kCreditPerSecond;
    m_credit = std::min(m_credit, kMostCredit) - 1;
    m_creditAt = now;
    return m_credit >= 0;
}

void Http2FloodGuard::sent(const nghttp2_frame_hd &header) noexcept
{
    if (header.type != NGHTTP2_HEADERS && header.type != NGHTTP2_DATA)
        return;
    m_updates = std::min(m_updates + kUpdatesPerFrame + header.length / kBytesPerUpdate, kMostUpdates);
    m_pings = std::min(m_pings + 1, kMostPings);
}

bool Http2FloodGuard::hasReason(const nghttp2_frame_hd &header) noexcept
{
    const bool isPing = header.type == NGHTTP2_PING;
    if (!isPing && header.type != NGHTTP2_WINDOW_UPDATE)
        return false;
    std::size_t &reasons = isPing ? m_pings : m_updates;
    if (reasons == 0)
        return false;
    --reasons;
    return true;
}

} // namespace mainstay::http
