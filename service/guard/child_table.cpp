// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/child_table.h"

#include <algorithm>
#include <csignal>

namespace mainstay::guard {

namespace {

constexpr Milliseconds kOrphanCheck{10};
// A process in an uninterruptible wait does not even heed SIGKILL; the guard does not wait for it.
constexpr Milliseconds kAfterKill{2000};

} // namespace

ChildTable::ChildTable(EventLoop &loop, Log &log) : m_loop(loop), m_log(log)
{
    adoptOrphans();
}

Child &ChildTable::add(Child::Spec spec, ChildEvents &events)
{
    return m_children.emplace_back(m_loop, m_log, std::move(spec), events);
}

void ChildTable::remove(const Child &child)
{
    m_children.remove_if([&child](const Child &entry) { return &entry == &child; });
}

void ChildTable::collectEnded()
{
    bool leavesOrphans = false;
    while (const auto ended = nextEnded()) {
        const auto child = std::find_if(m_children.begin(), m_children.end(),
                                        [&](const Child &entry) { return entry.process() == ended->id; });
        // An orphan's own children are ours when it has ended: their turn comes then.
        leavesOrphans = leavesOrphans || child == m_children.end() || child->endsItsDescendants();
        if (child != m_children.end())
            child->collect(ended->exit);
        else
            collect(ended->id);
        m_asked.erase(ended->id);
    }
    if (leavesOrphans && !m_orphansDone)
        killOrphans();
}

bool ChildTable::isChild(ProcessId process) const
{
    return std::any_of(m_children.begin(), m_children.end(),
                       [process](const Child &child) { return child.process() == process; });
}

void ChildTable::killOrphans()
{
    for (const ProcessId process : childrenOfThisProcess()) {
        if (!isChild(process))
            sendSignal(process, SIGKILL);
    }
}

bool ChildTable::allEnded() const
{
    return std::all_of(m_children.begin(), m_children.end(),
                       [](const Child &child) { return child.state() == Child::State::ended; });
}

void ChildTable::endOrphans(Milliseconds patience, std::function<void()> done)
{
    m_orphanDeadline = SteadyClock::now() + (m_isHurried ? Milliseconds::zero() : patience);
    m_orphansDone = std::move(done);
    endOrphansNow();
}

// Only our own children are signalled, whose ids cannot be reused before we collect them. When one ends, its children
// become ours and their turn comes; so the whole tree goes.
void ChildTable::endOrphansNow()
{
    collectEnded();
    const SteadyTime now = SteadyClock::now();
    if (!hasChildren() || now >= m_orphanDeadline + kAfterKill) {
        const auto done = std::move(m_orphansDone);
        done();
        return;
    }
    for (const ProcessId orphan : childrenOfThisProcess()) {
        if (now >= m_orphanDeadline)
            sendSignal(orphan, SIGKILL);
        else if (m_asked.insert(orphan).second)
            sendSignal(orphan, SIGTERM);
    }
    m_timer = m_loop.after(kOrphanCheck, [this] { endOrphansNow(); });
}

void ChildTable::killAll()
{
    m_isHurried = true;
    m_orphanDeadline = SteadyClock::now();
    for (Child &child : m_children) {
        child.stop();
        child.kill();
    }
}

} // namespace mainstay::guard
