// SPDX-License-Identifier: GPL-3.0-or-later
// The signals that steer the guard, as callbacks of its loop.
#pragma once

#include "guard/event_loop.h"
#include "handover/descriptor.h"

#include <functional>

namespace mainstay::guard {

enum class Signal {
    stop,       // SIGTERM, SIGINT, SIGQUIT; SIGHUP of a terminal that was closed
    reload,     // SIGHUP
    childEnded, // one or more
};

// One thread, the only one of the process. From here on these signals reach nobody else, and writing to a closed pipe
// is an error instead of a signal.
class Signals {
public:
    Signals(EventLoop &loop, std::function<void(Signal)> callback);

private:
    void read();

    std::function<void(Signal)> m_callback;
    handover::Descriptor m_descriptor;
    EventLoop::Registration m_readable;
    bool m_endsWithTerminal;
};

} // namespace mainstay::guard
