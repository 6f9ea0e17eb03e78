// SPDX-License-Identifier: GPL-3.0-or-later
// Deadlines: a hashed wheel, constant time to set and to clear.
#pragma once

#include "base/clock.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace mainstay::engine {

// Ticks of 10 ms since the wheel was made. 2^32 of them are 497 days; the comparisons survive the wrap.
using Tick = std::uint32_t;
inline constexpr Milliseconds kTick{10};

// Worker thread. Embedded in what waits; clears itself when destroyed.
class Timer {
public:
    Timer() = default;
    Timer(const Timer &) = delete;
    Timer &operator=(const Timer &) = delete;
    virtual ~Timer() { clear(); }

    [[nodiscard]] bool isSet() const noexcept { return m_next != nullptr; }
    [[nodiscard]] Tick due() const noexcept { return m_due; }
    void clear() noexcept
    {
        if (!m_next)
            return;
        m_next->m_previous = m_previous;
        m_previous->m_next = m_next;
        m_next = m_previous = nullptr;
    }

protected:
    // Called on the worker at or up to a tick after the deadline, never before. The timer is clear by then and may be
    // set again or destroyed.
    virtual void onDue() {}

private:
    friend class TimerWheel;
    Timer *m_next = nullptr;
    Timer *m_previous = nullptr;
    Tick m_due = 0;
};

// Worker thread. A slot holds the timers due in its tick of any turn of the wheel; those of a later turn stay when
// the hand passes, which a 60 s deadline sees six times. The time is told apart from running what is due, so that a
// loop which slept can set timers from the present before it gets to the old ones.
class TimerWheel {
public:
    explicit TimerWheel(SteadyTime start) noexcept;
    TimerWheel(const TimerWheel &) = delete;
    TimerWheel &operator=(const TimerWheel &) = delete;
    ~TimerWheel();

    // Sets or moves the timer. A delay below one tick counts as one; above 248 days as that.
    void set(Timer &timer, Milliseconds delay) noexcept;
    // The first tick by whose beginning a delay that starts now has passed.
    [[nodiscard]] Tick tickAfter(Milliseconds delay) const noexcept;
    void setAt(Timer &timer, Tick due) noexcept;
    [[nodiscard]] Tick now() const noexcept { return static_cast<Tick>(m_now); }
    [[nodiscard]] static bool isBefore(Tick a, Tick b) noexcept { return static_cast<std::int32_t>(a - b) < 0; }

    // Tells the time, from which delays count. A time before the last one told changes nothing.
    void setTime(SteadyTime time) noexcept;
    // Runs everything due at the time told last.
    void runDue();
    // How long until a slot with timers comes up; nothing when there is none.
    [[nodiscard]] std::optional<Milliseconds> untilNext(SteadyTime time) noexcept;

private:
    static constexpr std::size_t kSlots = 1024;
    static constexpr std::size_t kWordBits = 64;

    using Ticks = std::chrono::duration<std::int64_t, std::ratio<kTick.count(), 1000>>;

    static std::size_t slotOf(std::int64_t tick) noexcept { return static_cast<std::size_t>(tick) % kSlots; }
    void runSlot(Timer &slot);

    SteadyTime m_start;
    SteadyTime m_time;
    std::int64_t m_now = 0;  // the tick of m_time
    std::int64_t m_hand = 0; // the last tick whose slot was run
    std::array<Timer, kSlots> m_slots;
    // A bit for each slot with timers in it, which may be left over from one that was cleared: 16 words to look through
    // instead of 1024 slots.
    std::array<std::uint64_t, kSlots / kWordBits> m_occupied{};
};

} // namespace mainstay::engine
