// SPDX-License-Identifier: GPL-3.0-or-later
#include "apphost/log.h"

#include "base/printable.h"

#include <cstdio>

namespace mainstay::apphost {

void Log::line(const std::string &text)
{
    const std::scoped_lock lock(m_mutex);
    const SteadyTime now = SteadyClock::now();
    if (text == m_last && now - m_lastTime < Seconds(1)) {
        ++m_repeated;
        return;
    }
    std::string lines;
    if (m_repeated > 0)
        lines = "(the same " + std::to_string(m_repeated) + " times more)\n";
    lines += printable(text) + "\n";
    std::fwrite(lines.data(), 1, lines.size(), stderr);
    m_last = text;
    m_lastTime = now;
    m_repeated = 0;
}

} // namespace mainstay::apphost
