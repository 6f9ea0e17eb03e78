// SPDX-License-Identifier: GPL-3.0-or-later
// Coroutine frames, recycled on the thread that made them.
#pragma once

#include <cstddef>

namespace mainstay::engine::frames {

// Worker thread. A frame is freed on the thread that allocated it; each thread keeps a bounded number of free ones of
// each size.
[[nodiscard]] void *allocate(std::size_t size);
void release(void *frame, std::size_t size) noexcept;
// Frames of this thread that were allocated and not released.
[[nodiscard]] std::size_t live() noexcept;

} // namespace mainstay::engine::frames
