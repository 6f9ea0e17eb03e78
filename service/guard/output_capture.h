// SPDX-License-Identifier: GPL-3.0-or-later
// Passes on what a child prints, line by line.
#pragma once

#include "guard/event_loop.h"
#include "guard/line_splitter.h"
#include "handover/descriptor.h"

#include <cstddef>
#include <functional>
#include <string_view>

namespace mainstay::guard {

// One thread. Reads as fast as the child writes, or as fast as it may be read: then the child has to wait.
class OutputCapture {
public:
    using Sink = std::function<void(std::string_view line)>;

    // `output` is the reading end of a pipe, non-blocking. `mostInSecond`: bytes, 0 for no limit; each line counts as
    // some more. `ended` is called when nobody holds the other end any more, and may destroy this.
    OutputCapture(EventLoop &loop, Sink sink, std::size_t mostInSecond, handover::Descriptor output,
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
    void watch();

    EventLoop &m_loop;
    Sink m_sink;
    std::size_t m_mostInSecond;
    std::size_t m_inSecond = 0;
    SteadyTime m_second{};
    handover::Descriptor m_output;
    std::function<void()> m_ended;
    LineSplitter m_lines;
    bool m_more = true;
    EventLoop::Registration m_readable;
    EventLoop::Registration m_pause;
};

} // namespace mainstay::guard
