// SPDX-License-Identifier: GPL-3.0-or-later
// What a pool counts and reports while it works.
#pragma once

#include "base/clock.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

namespace mainstay::databases {

// Shared. Written by the threads of one pool, read by any.
struct Ledger {
    std::atomic<std::uint32_t> open = 0;
    std::atomic<std::uint32_t> inUse = 0;
    std::atomic<std::uint64_t> statements = 0;
    std::atomic<std::uint64_t> errors = 0;
    std::atomic<std::uint64_t> slow = 0;
    std::atomic<std::uint64_t> timedOut = 0;
    std::atomic<std::uint64_t> reconnects = 0;
    std::atomic<std::uint64_t> damagedFile = 0; // SQLite's, by its number, in which damage was met; 0 for none

    std::atomic<bool> isSilent = false; // whoever would hear it is gone

    // Set before the threads start.
    Milliseconds slowQuery{0};                    // 0: none is slow
    std::function<void(const std::string &)> log; // any thread; one line, without values and secrets
};

} // namespace mainstay::databases
