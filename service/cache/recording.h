// SPDX-License-Identifier: GPL-3.0-or-later
// The content of an answer as it comes, for the cache.
#pragma once

#include "cache/entry.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace mainstay::cache {

class Cache;

// Worker thread. Takes its memory from the cache before it fills it; where there is none, or the content is too large,
// what has come is dropped.
class Recording {
public:
    // `length` where it is known. The cache outlives this.
    Recording(Cache &cache, std::optional<std::uint64_t> length);

    void add(std::string_view content);
    // Whether it has been dropped.
    [[nodiscard]] bool isLost() const noexcept { return m_isLost; }
    // Of one that is: whether there was no room just then, which says nothing of the content.
    [[nodiscard]] bool lacksRoom() const noexcept { return m_lacksRoom; }
    // All of it; null when it was dropped, or is not as long as was said.
    [[nodiscard]] std::shared_ptr<const Content> finish();

private:
    // False when there is no room for so many bytes.
    bool grow(std::uint64_t bytes);
    void drop() noexcept;

    Cache &m_cache;
    const std::optional<std::uint64_t> m_length;
    std::string m_bytes;
    Share m_share;
    Share m_incoming;
    bool m_isLost = false;
    bool m_lacksRoom = false;
};

} // namespace mainstay::cache
