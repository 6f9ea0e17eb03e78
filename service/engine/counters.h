// SPDX-License-Identifier: GPL-3.0-or-later
// What a loop counts about itself.
#pragma once

#include "base/counter.h"

namespace mainstay::engine {

// Shared: written by the loop's thread, read by any.
struct LoopCounters {
    Counter turns;
    Counter events;
    Counter jobs;
    // Microseconds of the longest turn in which the loop was told of something rare (see Loop::watchTurn).
    Counter longestWatchedTurn;
    Counter watchedTurns;
};

} // namespace mainstay::engine
