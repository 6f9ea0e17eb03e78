// SPDX-License-Identifier: GPL-3.0-or-later
// How much longer than usual things take in this build.
#pragma once

namespace mainstay::tests {

// For limits of time that are about the program and not about the sanitizer in it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int kSlowdown = 8;
#else
inline constexpr int kSlowdown = 1;
#endif

} // namespace mainstay::tests
