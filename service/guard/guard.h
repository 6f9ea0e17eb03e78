// SPDX-License-Identifier: GPL-3.0-or-later
// The whole of mainstayd at run time: starts the core, passes signals on, ends everything in order.
#pragma once

#include "guard/app_table.h"
#include "guard/child_table.h"
#include "guard/core_session.h"
#include "guard/options.h"
#include "guard/signals.h"
#include "guard/state_lock.h"
#include "platform/service_host.h"

#include <memory>
#include <optional>

namespace mainstay::guard {

// One thread.
class Guard {
public:
    // `log` is of `loop`; both outlive this.
    Guard(EventLoop &loop, Log &log, const Options &options, std::optional<Identity> identity, StateLock lock,
          std::unique_ptr<platform::ServiceHost> host);

    // Starts the core. Fails when it cannot be started at all.
    Result<> start();

private:
    enum class Phase {
        serving,
        stoppingCore,     // first, since its open requests may need the other children
        stoppingChildren, // then those
        endingOrphans,    // then what all of them left behind
    };

    void onSignal(Signal signal);
    void reload();
    void stop();
    // Goes on with the next phase of stopping when the present one is done.
    void advance();
    void feedWatchdog(Milliseconds period);

    EventLoop &m_loop;
    Log &m_log;
    StateLock m_lock;
    std::unique_ptr<platform::ServiceHost> m_host;
    Milliseconds m_drain;
    Signals m_signals;
    ChildTable m_children;
    AppTable m_apps;
    CoreSession m_session;
    Child &m_core;
    Phase m_phase = Phase::serving;
    EventLoop::Registration m_watchdog;
};

} // namespace mainstay::guard
