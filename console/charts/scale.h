// SPDX-License-Identifier: GPL-3.0-or-later
// Ends of axes that people can halve in their head.
#pragma once

namespace mainstay::charts {

// The smallest round number from `value` up: 1, 2, 4, 6 or 8 times a power of ten, and for bytes 1 or 1.5 times a power
// of two. At least `least`.
[[nodiscard]] double roundTop(double value, double least, bool bytes);

// Powers of ten around all of `least` to `most`, one of them at least apart.
struct Decades {
    double bottom = 1;
    double top = 10;
};
[[nodiscard]] Decades decadesAround(double least, double most);

// The shortest of 1, 2, 5 and 10 minutes that so many seconds fit in.
[[nodiscard]] int windowSeconds(double seconds);

} // namespace mainstay::charts
