// SPDX-License-Identifier: GPL-3.0-or-later
// Tells AddressSanitizer that pooled memory is nobody's, so that a use after its return is found like one after free().
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define MAINSTAY_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MAINSTAY_POISON 1
#endif
#endif

#ifdef MAINSTAY_POISON
#include <sanitizer/asan_interface.h>
#endif

namespace mainstay::engine {

// Any thread. Nothing without the sanitizer.
inline void poison([[maybe_unused]] void *memory, [[maybe_unused]] std::size_t size) noexcept
{
#ifdef MAINSTAY_POISON
    __asan_poison_memory_region(memory, size);
#endif
}

inline void unpoison([[maybe_unused]] void *memory, [[maybe_unused]] std::size_t size) noexcept
{
#ifdef MAINSTAY_POISON
    __asan_unpoison_memory_region(memory, size);
#endif
}

} // namespace mainstay::engine
