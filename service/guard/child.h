// SPDX-License-Identifier: GPL-3.0-or-later
// A program the guard keeps running: started, listened to, restarted with back-off, stopped.
#pragma once

#include "guard/event_loop.h"
#include "guard/log.h"
#include "guard/output_capture.h"
#include "guard/process.h"
#include "guard/restart_backoff.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mainstay::guard {

enum class AfterExit {
    restart,
    restartLate, // the same start would fail again until people change something
    stay,        // ended
};

// What differs between kinds of children. One thread.
class ChildEvents {
public:
    virtual ~ChildEvents() = default;

    // Before each start: the descriptors it inherits as 3, 4 and so on.
    virtual Result<std::vector<handover::Descriptor>> prepare() { return std::vector<handover::Descriptor>{}; }
    virtual void started(ProcessId) {}
    // A start after the first has failed, and is tried again.
    virtual void notStarted(const Error &) {}
    // Asks it, by other means than a signal, to end within `patience`. False when there are none.
    virtual bool askToStop(Milliseconds) { return false; }
    // What to do next, which counts only when it was not being stopped.
    virtual AfterExit ended(const Exit &) { return AfterExit::restart; }
};

// One thread.
class Child {
public:
    struct Spec {
        std::string name; // in front of its output
        ProcessSpec process;
        int stopSignal = 15; // SIGTERM
        Milliseconds stopPatience{5000};
        Milliseconds killMargin{}; // for one that knows its patience and uses all of it
        // Sent to the process alone, for one that ends its descendants itself, before its group is killed.
        std::optional<int> hurrySignal;
        OutputCapture::Sink output; // nothing: the guard's log
        std::size_t mostOutputInSecond = 0;
    };
    enum class State {
        running,
        waiting,  // for its next start
        stopping, // running, asked to end
        ended,    // for good, or not started yet
    };

    // `events` outlives this.
    Child(EventLoop &loop, Log &log, Spec spec, ChildEvents &events);

    // Only the first start fails here; later ones are tried again.
    Result<> start();
    // Asks it to end, and kills its process group when it has not within its patience and margin.
    void stop();
    // Kills its process group, at once or, where there is a signal to hurry it, after killMargin. It is restarted
    // unless it was being stopped.
    void kill();
    // No longer waits for its next start.
    void startNow();
    // Its process has ended. What it left in its process group is killed.
    void collect(const Exit &exit);

    [[nodiscard]] const std::string &name() const noexcept { return m_spec.name; }
    [[nodiscard]] State state() const noexcept { return m_state; }
    // What it leaves behind when it ends is nobody's.
    [[nodiscard]] bool endsItsDescendants() const noexcept { return m_spec.hurrySignal.has_value(); }
    // 0 when it does not run.
    [[nodiscard]] ProcessId process() const noexcept { return m_process; }

private:
    // Output of earlier runs whose descendants still hold the pipe; the oldest is given up beyond this many.
    static constexpr std::size_t kMaxCaptures = 16;

    Result<> launch();
    // Also when it was suspended, by itself or by somebody else.
    void wake(int signal);
    void restart(Milliseconds delay);
    void capture(handover::Descriptor output);

    EventLoop &m_loop;
    Log &m_log;
    Spec m_spec;
    ChildEvents &m_events;
    State m_state = State::ended;
    ProcessId m_process = 0;
    bool m_isHurried = false;
    SteadyTime m_startedAt;
    RestartBackoff m_backoff;
    std::map<unsigned, OutputCapture> m_captures; // by run
    unsigned m_run = 0;
    EventLoop::Registration m_timer;
};

} // namespace mainstay::guard
