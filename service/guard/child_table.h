// SPDX-License-Identifier: GPL-3.0-or-later
// All processes below the guard: the children it started, and what those left behind.
#pragma once

#include "guard/child.h"

#include <list>
#include <set>

namespace mainstay::guard {

// One thread.
class ChildTable {
public:
    ChildTable(EventLoop &loop, Log &log);

    // Not started yet. Lives until remove(), or as long as the table.
    Child &add(Child::Spec spec, ChildEvents &events);
    // One that has ended.
    void remove(const Child &child);
    // Call after SIGCHLD. Ended children are restarted or not, as they wish; others are forgotten. When one that should
    // have ended its descendants has ended before them, they are killed.
    void collectEnded();

    [[nodiscard]] bool allEnded() const;

    // For the end of the guard, when no child runs any more: asks every descendant that is left to end, whatever
    // session it is in, and kills it after `patience`. `done` is called when none is left.
    void endOrphans(Milliseconds patience, std::function<void()> done);
    // No more patience for anybody.
    void killAll();

private:
    [[nodiscard]] bool isChild(ProcessId process) const;
    void killOrphans();
    void endOrphansNow();

    EventLoop &m_loop;
    Log &m_log;
    std::list<Child> m_children;
    std::set<ProcessId> m_asked; // orphans that were sent SIGTERM
    SteadyTime m_orphanDeadline;
    bool m_isHurried = false;
    std::function<void()> m_orphansDone;
    EventLoop::Registration m_timer;
};

} // namespace mainstay::guard
