// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/timer_wheel.h"

#include <algorithm>

namespace mainstay::engine {

TimerWheel::TimerWheel(SteadyTime start) noexcept : m_start(start)
{
    for (Timer &slot : m_slots)
        slot.m_next = slot.m_previous = &slot;
}

TimerWheel::~TimerWheel()
{
    for (Timer &slot : m_slots) {
        while (slot.m_next != &slot)
            slot.m_next->clear();
        slot.m_next = nullptr;
    }
}

Tick TimerWheel::tickAfter(Milliseconds delay) const noexcept
{
    // One tick more than the delay spans, because the current tick is partly over.
    const auto ticks = std::clamp<std::int64_t>(delay / kTick + 1, 1, std::numeric_limits<std::int32_t>::max());
    return m_now + static_cast<Tick>(ticks);
}

void TimerWheel::set(Timer &timer, Milliseconds delay) noexcept
{
    setAt(timer, tickAfter(delay));
}

void TimerWheel::setAt(Timer &timer, Tick due) noexcept
{
    timer.clear();
    timer.m_due = isBefore(m_now, due) ? due : m_now + 1;
    Timer &slot = m_slots[timer.m_due % kSlots];
    timer.m_next = &slot;
    timer.m_previous = slot.m_previous;
    slot.m_previous->m_next = &timer;
    slot.m_previous = &timer;
}

void TimerWheel::advance(SteadyTime time)
{
    const auto target = static_cast<Tick>((time - m_start) / kTick);
    if (target - m_now > kSlots && !isBefore(target, m_now)) {
        // Asleep for more than a turn: each slot once is enough.
        m_now = target - static_cast<Tick>(kSlots);
    }
    while (isBefore(m_now, target)) {
        ++m_now;
        runSlot(m_slots[m_now % kSlots]);
    }
}

void TimerWheel::runSlot(Timer &slot)
{
    if (slot.m_next == &slot)
        return;
    // What a callback sets may land in this slot for a later turn, so the due ones are taken out first.
    Timer due;
    due.m_next = due.m_previous = &due;
    for (Timer *timer = slot.m_next; timer != &slot;) {
        Timer *next = timer->m_next;
        if (!isBefore(m_now, timer->m_due)) {
            timer->clear();
            timer->m_next = &due;
            timer->m_previous = due.m_previous;
            due.m_previous->m_next = timer;
            due.m_previous = timer;
        }
        timer = next;
    }
    while (due.m_next != &due) {
        Timer *timer = due.m_next;
        timer->clear();
        timer->onDue();
    }
}

std::optional<Milliseconds> TimerWheel::untilNext(SteadyTime time) const noexcept
{
    for (Tick ahead = 1; ahead <= kSlots; ++ahead) {
        const Timer &slot = m_slots[(m_now + ahead) % kSlots];
        if (slot.m_next == &slot)
            continue;
        const SteadyTime at = m_start + kTick * static_cast<std::int64_t>(m_now + ahead);
        return std::max(Milliseconds{0}, std::chrono::ceil<Milliseconds>(at - time));
    }
    return std::nullopt;
}

} // namespace mainstay::engine
