// SPDX-License-Identifier: GPL-3.0-or-later
// What the program tells: lines on standard error, which whoever started it keeps.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <mutex>
#include <string>

namespace mainstay::apphost {

// Shared. One line each; what is told again within a second is told once, with how often.
class Log {
public:
    void line(const std::string &text);

private:
    std::mutex m_mutex;
    std::string m_last;
    SteadyTime m_lastTime;
    std::uint64_t m_repeated = 0;
};

} // namespace mainstay::apphost
