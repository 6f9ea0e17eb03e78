// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/recording.h"

#include "cache/cache.h"

#include <algorithm>

namespace mainstay::cache {

namespace {

constexpr std::uint64_t kFirst = std::uint64_t{16} * 1024;

} // namespace

Recording::Recording(Cache &cache, std::optional<std::uint64_t> length) : m_cache(cache), m_length(length)
{
    if (length && !grow(*length))
        drop();
}

bool Recording::grow(std::uint64_t bytes)
{
    if (bytes > m_cache.largestObject())
        return false;
    const std::uint64_t more = bytes - m_share.bytes();
    auto incoming = m_cache.takeIncoming(more);
    auto share = incoming ? m_cache.reserve(more) : std::nullopt;
    m_lacksRoom = !share;
    if (m_lacksRoom)
        return false;
    m_incoming.join(std::move(*incoming));
    m_share.join(std::move(*share));
    m_bytes.reserve(bytes);
    return true;
}

void Recording::drop() noexcept
{
    m_isLost = true;
    m_bytes = {};
    m_share = {};
    m_incoming = {};
}

void Recording::add(std::string_view content)
{
    if (m_isLost)
        return;
    const std::uint64_t size = m_bytes.size() + content.size();
    if (size > m_share.bytes()) {
        const std::uint64_t wanted = std::max({size, m_share.bytes() * 2, kFirst});
        if (m_length || !grow(std::max(size, std::min(wanted, m_cache.largestObject()))))
            return drop();
    }
    m_bytes += content;
}

std::shared_ptr<const Content> Recording::finish()
{
    if (m_length && m_bytes.size() != *m_length)
        drop();
    if (m_isLost)
        return nullptr;
    m_bytes.shrink_to_fit();
    m_share.shrinkTo(m_bytes.size());
    auto content = std::make_shared<Content>(Content{std::move(m_bytes), std::move(m_share)});
    drop();
    return content;
}

} // namespace mainstay::cache
