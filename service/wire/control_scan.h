// SPDX-License-Identifier: GPL-3.0-or-later
// The innermost loop of the head parser: looks for the next control character.
#pragma once

#include <bit>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace mainstay::wire {

// 0x00 to 0x1f but HTAB, and DEL: what no field value may hold (RFC 9110 section 5.5), and CR and LF, which end it.
[[nodiscard]] constexpr bool isControl(char c) noexcept
{
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

// The first control character from `at` on; `end` when there is none.
[[nodiscard]] inline const char *findControl(const char *at, const char *end) noexcept
{
#if defined(__SSE2__)
    const __m128i highestControl = _mm_set1_epi8(0x1f);
    const __m128i tab = _mm_set1_epi8('\t');
    const __m128i del = _mm_set1_epi8(0x7f);
    for (; end - at >= 16; at += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(at));
        const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, highestControl), bytes);
        const __m128i control =
            _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(bytes, tab), low), _mm_cmpeq_epi8(bytes, del));
        if (const auto mask = static_cast<unsigned>(_mm_movemask_epi8(control)); mask != 0)
            return at + std::countr_zero(mask);
    }
#endif
    while (at != end && !isControl(*at))
        ++at;
    return at;
}

} // namespace mainstay::wire
