// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/script_log.h"

namespace mainstay::control {

void ScriptLog::add(const std::string &backend, const std::string &server, std::string_view line, std::uint32_t most)
{
    std::uint64_t dropped = 0;
    {
        const std::lock_guard lock(m_mutex);
        Second &second = m_seconds[backend];
        const SteadyTime now = m_now();
        if (now - second.begin >= Seconds(1)) {
            dropped = second.dropped;
            second = {now};
        }
        if (++second.lines > most) {
            ++second.dropped;
            return;
        }
    }
    if (dropped > 0)
        m_door(backend, server,
               std::to_string(dropped) + " lines of scripts were dropped, there were too many at once");
    m_door(backend, server, line);
}

} // namespace mainstay::control
