// SPDX-License-Identifier: GPL-3.0-or-later
// Time as the service sees it. Policies and parsers are handed a time and never ask for one.
#pragma once

#include <chrono>

namespace mainstay {

using SteadyClock = std::chrono::steady_clock;
using SteadyTime = SteadyClock::time_point;
using WallClock = std::chrono::system_clock;
using WallTime = WallClock::time_point;
using Milliseconds = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;

} // namespace mainstay
