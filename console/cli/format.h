// SPDX-License-Identifier: GPL-3.0-or-later
// Quantities as people read them.
#pragma once

#include "base/clock.h"

#include <QString>

namespace mainstay::cli {

// "0", "987", "12.3k", "4.56M": three figures.
[[nodiscard]] QString countText(double count);
// "512 B", "1.5 KiB": powers of 1024.
[[nodiscard]] QString bytesText(double bytes);
// "850 µs", "1.25 ms", "3.1 s".
[[nodiscard]] QString latencyText(quint64 microseconds);
// "45s", "12m 3s", "5h 2m", "3d 4h".
[[nodiscard]] QString spanText(Seconds span);
// "3s ago", or "in 40s".
[[nodiscard]] QString agoText(WallTime time, WallTime now);
// In the reader's time zone: "2030-01-31 12:00:00".
[[nodiscard]] QString localTimeText(WallTime time);

} // namespace mainstay::cli
