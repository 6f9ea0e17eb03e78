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
    default:
        return false;
    }
}

} // namespace

bool Http2FloodGuard::admits(const nghttp2_frame_hd &header, SteadyTime now) noexcept
{
    m_continuations = header.type == NGHTTP2_CONTINUATION ? m_continuations + 1 : 0;
    if (!asksForNothing(header) || hasReason(header))
        return true;
    m_credit += std::chrono::duration<double>(now - m_creditAt).count() * kCreditPerSecond;
    m_credit = std::min(m_credit, kMostCredit) - 1;
    m_creditAt = now;
    return m_credit >= 0 && m_continuations <= kMostContinuations;
}

void Http2FloodGuard::sent(const nghttp2_frame_hd &header) noexcept
{
    if (header.type == NGHTTP2_HEADERS || header.type == NGHTTP2_DATA)
        m_updates = std::min(m_updates + kUpdatesPerFrame + header.length / kBytesPerUpdate, kMostUpdates);
}

bool Http2FloodGuard::hasReason(const nghttp2_frame_hd &header) noexcept
{
    if (header.type != NGHTTP2_WINDOW_UPDATE || m_updates == 0)
        return false;
    --m_updates;
    return true;
}

} // namespace mainstay::http
