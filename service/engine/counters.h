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
    Counter acceptsPutOff; // for want of descriptors
    // Of the turns in which the loop was told of something rare (see Loop::watchTurn), in microseconds: how long the
    // longest was, and how much processor time the costliest took, which leaves out what other programs took from it.
    Counter longestWatchedTurn;
    Counter costliestWatchedTurn;
    Counter watchedTurns;
};

} // namespace mainstay::engine
