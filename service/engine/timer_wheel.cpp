// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/timer_wheel.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace mainstay::engine {

namespace {

// One less than what isBefore() can tell apart, for the rounding up.
constexpr Milliseconds kLongestDelay = kTick * (std::numeric_limits<std::int32_t>::max() - 1);

} // namespace

TimerWheel::TimerWheel(SteadyTime start) noexcept : m_start(start), m_time(start)
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
    const auto deadline = m_time - m_start + std::clamp(delay, kTick, kLongestDelay);
    return static_cast<Tick>(std::chrono::ceil<Ticks>(deadline).count());
}

void TimerWheel::set(Timer &timer, Milliseconds delay) noexcept
{
    setAt(timer, tickAfter(delay));
}

void TimerWheel::setAt(Timer &timer, Tick due) noexcept
{
    timer.clear();
    timer.m_due = isBefore(now(), due) ? due : now() + 1;
    const std::size_t index = slotOf(timer.m_due);
    Timer &slot = m_slots[index];
    timer.m_next = &slot;
    timer.m_previous = slot.m_previous;
    slot.m_previous->m_next = &timer;
    slot.m_previous = &timer;
    m_occupied[index / kWordBits] |= std::uint64_t{1} << index % kWordBits;
}

void TimerWheel::setTime(SteadyTime time) noexcept
{
    if (time <= m_time)
        return;
    m_time = time;
    m_now = std::chrono::floor<Ticks>(time - m_start).count();
}

void TimerWheel::runDue()
{
    // Asleep for more than a turn of the wheel: each slot once is enough.
    m_hand = std::max(m_hand, m_now - static_cast<std::int64_t>(kSlots));
    while (m_hand < m_now)
        runSlot(m_slots[slotOf(++m_hand)]);
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
        if (!isBefore(now(), timer->m_due)) {
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

std::optional<Milliseconds> TimerWheel::untilNext(SteadyTime time) noexcept
{
    for (std::int64_t tick = m_hand + 1; tick <= m_hand + static_cast<std::int64_t>(kSlots);) {
        const std::size_t index = slotOf(tick);
        const std::size_t bit = index % kWordBits;
        std::uint64_t &word = m_occupied[index / kWordBits];
        const std::uint64_t rest = word >> bit;
        if ((rest & 1) == 0) {
            tick += rest == 0 ? static_cast<std::int64_t>(kWordBits - bit) : std::countr_zero(rest);
            continue;
        }
        if (m_slots[index].m_next == &m_slots[index]) {
            word &= ~(std::uint64_t{1} << bit);
            continue;
        }
        return std::max(Milliseconds{0}, std::chrono::ceil<Milliseconds>(m_start + Ticks(tick) - time));
    }
    return std::nullopt;
}

} // namespace mainstay::engine
