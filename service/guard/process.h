// SPDX-License-Identifier: GPL-3.0-or-later
// Starts one process without any privilege, and ends it.
#pragma once

#include "base/result.h"
#include "guard/identity.h"
#include "handover/descriptor.h"

#include <optional>
#include <string>
#include <vector>

namespace mainstay::guard {

using ProcessId = int;

// Immutable.
struct ProcessSpec {
    std::string program; // absolute path
    std::string name{};  // what errors call it; empty: the program
    std::vector<std::string> arguments;
    std::vector<std::string> environment; // NAME=value, the whole of it
    std::string folder;                   // where it starts
    std::optional<Identity> identity;     // nothing: the guard's own user
    // Whether it is sent SIGTERM when the guard dies. Not for a program that notices by itself.
    bool endsWithGuard = true;
};

struct StartedProcess {
    ProcessId id = 0;
    handover::Descriptor output; // both its output and error stream; non-blocking
};

// How a process ended: with an exit code, or by a signal.
struct Exit {
    int code = 0;
    int signal = 0;

    // "exited with code 3" or "was ended by signal 9 (Killed)".
    [[nodiscard]] std::string text() const;
};

struct EndedProcess {
    ProcessId id = 0;
    Exit exit;
};

// The process leads a session and process group of its own, has no capability and can gain none (no_new_privs), and
// inherits only `descriptors`, as 3, 4 and so on, beside an empty input. Returns once its program runs. Fails with
// "process.not-started", having left nothing behind.
Result<StartedProcess> startProcess(const ProcessSpec &spec, const std::vector<handover::Descriptor> &descriptors);

// Adopts the descendants whose parents have ended, so that they can be found and ended.
void adoptOrphans();
// The next child that has ended but was not collected yet.
std::optional<EndedProcess> nextEnded();
// Collects it: its id may now be given to another process.
void collect(ProcessId id);
// The children of this process, adopted ones included, that have not been collected.
std::vector<ProcessId> childrenOfThisProcess();
[[nodiscard]] bool hasChildren();

void sendSignal(ProcessId id, int signal);
// To every process of the group that `id` leads. Safe until `id` is collected.
void sendSignalToGroup(ProcessId id, int signal);

} // namespace mainstay::guard
