// SPDX-License-Identifier: GPL-3.0-or-later
// What one program prints, on its way to a log.
#pragma once

#include "base/clock.h"
#include "guard/log_file.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace mainstay::guard {

// One thread. Of a program that floods, what is beyond kMostLines a second is counted and dropped, so that another's
// lines keep their place in a file that both share.
class AppLog {
public:
    static constexpr std::uint32_t kMostLines = 1000;

    explicit AppLog(std::shared_ptr<LogFile> file) : m_file(std::move(file)) {}

    void line(std::string_view text);
    // Another run begins, whose words are not those of the one before.
    void begin();
    // Whether lines were dropped in this second, or in the one before. Call look() once a second as long as they are:
    // of a program that has become silent, nothing else tells.
    [[nodiscard]] bool isFlooded() const noexcept { return m_isFlooded; }
    void look() { endSecond(SteadyClock::now()); }
    // The last line of this run; empty when there was none.
    [[nodiscard]] const std::string &last() const noexcept { return m_last; }

private:
    // Once it is over.
    void endSecond(SteadyTime now);
    void tellDropped();

    std::shared_ptr<LogFile> m_file;
    std::string m_last;
    SteadyTime m_second{};
    std::uint32_t m_linesInSecond = 0;
    std::uint64_t m_dropped = 0;
    bool m_isFlooded = false;
};

} // namespace mainstay::guard
