// SPDX-License-Identifier: GPL-3.0-or-later
// What a program of the service says with its exit code (the numbers are those of sysexits.h).
#pragma once

namespace mainstay::handover {

enum class ExitCode : int {
    done = 0,
    failed = 1,
    // Wrong arguments. The same start would fail again, so the guard waits its longest delay before the next.
    usage = 64,
    // The surroundings must change first: a folder that cannot be written, a configuration that cannot be read at all.
    // Treated like `usage`.
    configuration = 78,
};

} // namespace mainstay::handover
