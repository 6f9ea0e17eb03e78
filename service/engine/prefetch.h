// SPDX-License-Identifier: GPL-3.0-or-later
// A hint that memory is about to be used.
#pragma once

#include <cstddef>

namespace mainstay::engine {

// Any thread. With hundreds of connections in turn none is in the cache when its turn comes: the lines asked for here
// come in while other work is done, as that of a system call. Null for nothing.
inline void prefetch(const void *from, std::size_t bytes) noexcept
{
    constexpr std::size_t kLine = 64;
    for (std::size_t offset = 0; from && offset < bytes; offset += kLine)
        __builtin_prefetch(static_cast<const char *>(from) + offset);
}

} // namespace mainstay::engine
