// SPDX-License-Identifier: GPL-3.0-or-later
// The guard's one output: its own lines and those of its children, for a terminal or journald.
#pragma once

#include "guard/event_loop.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace mainstay::guard {

// One thread. Never blocks: while nobody reads the output, up to kMaxPendingBytes wait and further lines are counted
// and dropped.
class Log {
public:
    static constexpr std::size_t kMaxPendingBytes = 256 * 1024;

    // `descriptor` stays the caller's.
    Log(EventLoop &loop, int descriptor) : m_loop(loop), m_descriptor(descriptor) {}

    // Writes "SPEAKER: TEXT".
    void line(std::string_view speaker, std::string_view text);
    // A line of the guard itself.
    void say(std::string_view text) { line("mainstayd", text); }
    // Waits, at most `patience`, until all is written.
    void flush(Milliseconds patience);

private:
    void append(std::string_view speaker, std::string_view text);
    // Writes what can be written by `deadline`.
    void write(SteadyTime deadline);
    void writeOrWatch();

    EventLoop &m_loop;
    int m_descriptor;
    std::string m_pending;
    std::size_t m_dropped = 0;
    EventLoop::Registration m_writable;
    bool m_watching = false;
};

} // namespace mainstay::guard
