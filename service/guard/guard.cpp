// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/guard.h"

#include "guard/core_spec.h"

namespace mainstay::guard {

namespace {

constexpr Milliseconds kOrphanPatience{1000};

} // namespace

Guard::Guard(EventLoop &loop, Log &log, const Options &options, std::optional<Identity> identity, StateLock lock,
             std::unique_ptr<platform::ServiceHost> host)
    : m_loop(loop), m_log(log), m_lock(std::move(lock)), m_host(std::move(host)), m_drain(options.drain),
      m_signals(loop, [this](Signal signal) { onSignal(signal); }), m_children(loop, log),
      m_apps(loop, m_children, {options.attendant, options.state + "/log", identity}),
      m_session(loop, log, *m_host, m_lock, m_apps, [this] { stop(); }),
      m_core(m_children.add(coreSpec(options, std::move(identity)), m_session))
{}

Result<> Guard::start()
{
    if (auto started = m_core.start(); !started)
        return started;
    if (const auto period = m_host->watchdogPeriod())
        feedWatchdog(*period / 2);
    return {};
}

void Guard::onSignal(Signal signal)
{
    switch (signal) {
    case Signal::childEnded:
        m_children.collectEnded();
        m_apps.forgetEnded();
        advance();
        break;
    case Signal::reload:
        reload();
        break;
    case Signal::stop:
        if (m_phase == Phase::serving) {
            stop();
        } else {
            m_log.say("not waiting any longer");
            m_children.killAll();
        }
        break;
    }
}

void Guard::reload()
{
    if (m_phase != Phase::serving)
        return;
    if (m_session.reload())
        m_log.say("mainstay-core reads its configuration again");
    else
        m_core.startNow();
}

void Guard::stop()
{
    if (m_phase != Phase::serving)
        return;
    m_phase = Phase::stoppingCore;
    m_host->stopping();
    if (m_core.process() != 0)
        m_log.say("stopping: open requests have " +
                  std::to_string(std::chrono::duration_cast<Seconds>(m_drain).count()) + " s to finish");
    m_core.stop();
    advance();
}

void Guard::advance()
{
    if (m_phase == Phase::stoppingCore && m_core.state() == Child::State::ended) {
        m_phase = Phase::stoppingChildren;
        m_apps.stopAll();
    }
    if (m_phase == Phase::stoppingChildren && m_children.allEnded()) {
        m_phase = Phase::endingOrphans;
        m_children.endOrphans(kOrphanPatience, [this] {
            m_log.say("stopped");
            m_loop.quit();
        });
    }
}

void Guard::feedWatchdog(Milliseconds period)
{
    m_host->alive();
    m_watchdog = m_loop.after(period, [this, period] { feedWatchdog(period); });
}

} // namespace mainstay::guard
