// SPDX-License-Identifier: GPL-3.0-or-later
// A test's say in every operation: it may be put off, cut short or cancelled, as a kernel might.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mainstay::engine {

enum class OperationKind : std::uint8_t { receive, send, connect };

// Worker thread. Absent in the service; tests hand one to the loop.
class Interference {
public:
    enum class Verdict : std::uint8_t {
        proceed,
        defer,  // completes in a later turn of the loop, as on a completion port
        cancel, // ends as though cancel() had been called
    };

    virtual ~Interference() = default;
    // Asked when an operation starts, each time it is tried again, and before each further piece of a send.
    virtual Verdict onAttempt(OperationKind kind) = 0;
    // At most how many bytes this attempt may move.
    virtual std::size_t limit(OperationKind kind, std::size_t wanted)
    {
        static_cast<void>(kind);
        return wanted;
    }
};

} // namespace mainstay::engine
