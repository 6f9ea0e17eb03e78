// SPDX-License-Identifier: GPL-3.0-or-later
// Passes what a child prints on to the guard's log.
#pragma once

#include "guard/event_loop.h"
#include "guard/line_splitter.h"
#include "guard/log.h"
#include "handover/descriptor.h"

#include <functional>
#include <string>

namespace mainstay::guard {

// One thread. Reads as fast as the child writes; what the log cannot take is dropped there.
class OutputCapture {
public:
    // `output` is the reading end of a pipe, non-blocking. `ended` is called when nobody holds the other end any
    // more, and may destroy this.
    OutputCapture(EventLoop &loop, Log &log, std::string speaker, handover::Descriptor output,
                  std::function<void()> ended);
    // What has come without a line's end is passed on too.
    ~OutputCapture();
    OutputCapture(const OutputCapture &) = delete;
    OutputCapture &operator=(const OutputCapture &) = delete;

    // Passes on what is there now, within reason.
    void drain();

private:
    // False at the end of the output.
    bool readOnce();

    Log &m_log;
    std::string m_speaker;
    handover::Descriptor m_output;
    std::function<void()> m_ended;
    LineSplitter m_lines;
    bool m_more = true;
    EventLoop::Registration m_readable;
};

} // namespace mainstay::guard
