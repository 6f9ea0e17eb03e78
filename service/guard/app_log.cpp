// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/app_log.h"

#include "base/printable.h"

namespace mainstay::guard {

namespace {

constexpr std::size_t kKeptOfLast = 300;

} // namespace

void AppLog::line(std::string_view text)
{
    m_last = printable(text.substr(0, kKeptOfLast));
    endSecond(SteadyClock::now());
    if (++m_linesInSecond <= kMostLines)
        return m_file->line(text);
    ++m_dropped;
    m_isFlooded = true;
}

void AppLog::begin()
{
    tellDropped();
    m_last.clear();
    m_isFlooded = false;
}

void AppLog::endSecond(SteadyTime now)
{
    if (now - m_second < Seconds(1))
        return;
    m_isFlooded = m_dropped > 0;
    tellDropped();
    m_linesInSecond = 0;
    m_second = now;
}

void AppLog::tellDropped()
{
    if (m_dropped > 0)
        m_file->line("mainstayd: " + std::to_string(m_dropped) + " lines were dropped, there were too many at once");
    m_dropped = 0;
}

} // namespace mainstay::guard
