// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/child.h"

#include <csignal>

namespace mainstay::guard {

namespace {

std::string textOf(Milliseconds delay)
{
    if (delay > Milliseconds::zero() && delay < Seconds(1))
        return std::to_string(delay.count()) + " ms";
    return std::to_string(std::chrono::round<Seconds>(delay).count()) + " s";
}

} // namespace

Child::Child(EventLoop &loop, Log &log, Spec spec, ChildEvents &events)
    : m_loop(loop), m_log(log), m_spec(std::move(spec)), m_events(events)
{}

Result<> Child::start()
{
    return launch();
}

Result<> Child::launch()
{
    auto descriptors = m_events.prepare();
    if (!descriptors)
        return forward(std::move(descriptors));
    auto started = startProcess(m_spec.process, *descriptors);
    if (!started)
        return forward(std::move(started));
    m_process = started->id;
    m_state = State::running;
    m_startedAt = SteadyClock::now();
    capture(std::move(started->output));
    m_events.started(m_process);
    return {};
}

void Child::capture(handover::Descriptor output)
{
    if (m_captures.size() == kMaxCaptures)
        m_captures.erase(m_captures.begin());
    const unsigned run = ++m_run;
    auto sink = m_spec.output ? m_spec.output : [this](std::string_view line) { m_log.line(m_spec.name, line); };
    m_captures.try_emplace(run, m_loop, std::move(sink), m_spec.mostOutputInSecond, std::move(output),
                           [this, run] { m_captures.erase(run); });
}

void Child::stop()
{
    switch (m_state) {
    case State::waiting:
        m_timer.cancel();
        m_state = State::ended;
        break;
    case State::running:
        m_state = State::stopping;
        if (!m_events.askToStop(m_spec.stopPatience))
            wake(m_spec.stopSignal);
        m_timer = m_loop.after(m_spec.stopPatience + m_spec.killMargin, [this] {
            m_log.say(m_spec.name + " (process " + std::to_string(m_process) + ") did not end within " +
                      textOf(m_spec.stopPatience) + " and is killed");
            kill();
        });
        break;
    case State::stopping:
    case State::ended:
        break;
    }
}

void Child::kill()
{
    if (m_process == 0)
        return;
    if (!m_spec.hurrySignal || std::exchange(m_isHurried, true))
        return sendSignalToGroup(m_process, SIGKILL);
    wake(*m_spec.hurrySignal);
    m_timer = m_loop.after(m_spec.killMargin, [this] { kill(); });
}

void Child::wake(int signal)
{
    sendSignal(m_process, signal);
    sendSignal(m_process, SIGCONT);
}

void Child::startNow()
{
    if (m_state != State::waiting)
        return;
    m_timer.cancel();
    const Result<> started = launch();
    if (started)
        return;
    const Milliseconds delay = m_backoff.afterExit(Milliseconds::zero());
    m_log.say(started.error().text() + "; next try in " + textOf(delay));
    m_events.notStarted(started.error());
    m_timer = m_loop.after(delay, [this] { startNow(); });
}

void Child::collect(const Exit &exit)
{
    sendSignalToGroup(m_process, SIGKILL);
    guard::collect(m_process);
    m_isHurried = false;
    const ProcessId process = std::exchange(m_process, 0);
    const bool wasStopping = std::exchange(m_state, State::ended) == State::stopping;
    m_timer.cancel();
    if (const auto output = m_captures.find(m_run); output != m_captures.end())
        output->second.drain();
    const AfterExit next = m_events.ended(exit);
    if (wasStopping) {
        if (exit.code != 0 || (exit.signal != 0 && exit.signal != m_spec.stopSignal))
            m_log.say(m_spec.name + " (process " + std::to_string(process) + ") " + exit.text());
        return;
    }
    if (next == AfterExit::stay)
        return;
    const auto ran = std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - m_startedAt);
    const Milliseconds usual = m_backoff.afterExit(ran);
    const Milliseconds delay = next == AfterExit::restartLate ? RestartBackoff::untilChanged() : usual;
    m_log.say(m_spec.name + " (process " + std::to_string(process) + ") " + exit.text() + "; it is started again " +
              (delay == Milliseconds::zero() ? std::string("at once") : "in " + textOf(delay)));
    restart(delay);
}

void Child::restart(Milliseconds delay)
{
    m_state = State::waiting;
    if (delay == Milliseconds::zero())
        return startNow();
    m_timer = m_loop.after(delay, [this] { startNow(); });
}

} // namespace mainstay::guard
