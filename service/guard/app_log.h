// SPDX-License-Identifier: GPL-3.0-or-later
// What a program prints, in a file of bounded size.
#pragma once

#include "base/clock.h"
#include "handover/descriptor.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace mainstay::guard {

// One thread. Each line gets its time in front. When the file is full it becomes FILE.1, and a new one is begun. Of a
// program that floods, what is beyond kMostLines a second is counted and dropped. A disk that is full costs lines and
// nothing else.
class AppLog {
public:
    static constexpr std::uint64_t kMostBytes = std::uint64_t{10} << 20;
    static constexpr std::uint32_t kMostLines = 1000;

    // `owner`: the user and group the file is given to; -1 for this process's own.
    AppLog(std::string path, int ownerUser, int ownerGroup);

    void line(std::string_view text);
    // The last line that was given.
    [[nodiscard]] const std::string &last() const noexcept { return m_last; }

private:
    void open();
    void write(std::string_view text);

    std::string m_path;
    int m_user;
    int m_group;
    handover::Descriptor m_file;
    std::uint64_t m_size = 0;
    std::string m_last;
    SteadyTime m_second{};
    std::uint32_t m_linesInSecond = 0;
    std::uint64_t m_dropped = 0;
};

} // namespace mainstay::guard
