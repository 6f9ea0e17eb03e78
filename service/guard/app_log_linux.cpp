// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/app_log.h"

#include "base/printable.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mainstay::guard {

namespace {

constexpr std::size_t kKeptOfLast = 300;

// RFC 3339 in UTC with milliseconds.
std::string timeText()
{
    timespec now{};
    (void)::clock_gettime(CLOCK_REALTIME, &now);
    tm parts{};
    (void)::gmtime_r(&now.tv_sec, &parts);
    std::array<char, 40> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    (void)std::snprintf(text.data() + length, text.size() - length, ".%03dZ",
                        static_cast<int>(now.tv_nsec / 1'000'000));
    return text.data();
}

} // namespace

AppLog::AppLog(std::string path, int ownerUser, int ownerGroup)
    : m_path(std::move(path)), m_user(ownerUser), m_group(ownerGroup)
{
    open();
}

// Never through a link: the folder belongs to a user whom the guard need not trust.
void AppLog::open()
{
    m_file.reset(::open(m_path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640));
    struct stat info {};
    if (!m_file.isOpen() || ::fstat(m_file.number(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_nlink != 1) {
        m_file.reset();
        return;
    }
    m_size = static_cast<std::uint64_t>(info.st_size);
    if (m_user >= 0)
        (void)!::fchown(m_file.number(), static_cast<uid_t>(m_user), static_cast<gid_t>(m_group));
}

void AppLog::line(std::string_view text)
{
    m_last = printable(text.substr(0, kKeptOfLast));
    const SteadyTime now = SteadyClock::now();
    if (now - m_second >= Seconds(1)) {
        if (m_dropped > 0)
            write("mainstayd: " + std::to_string(m_dropped) + " lines were dropped, there were too many at once");
        m_dropped = 0;
        m_linesInSecond = 0;
        m_second = now;
    }
    if (++m_linesInSecond > kMostLines)
        ++m_dropped;
    else
        write(text);
}

void AppLog::write(std::string_view text)
{
    if (!m_file.isOpen())
        open();
    if (!m_file.isOpen())
        return;
    const std::string whole = timeText() + " " + printable(text) + "\n";
    if (m_size + whole.size() > kMostBytes) {
        (void)::rename(m_path.c_str(), (m_path + ".1").c_str());
        open();
        if (!m_file.isOpen())
            return;
    }
    const ssize_t written = ::write(m_file.number(), whole.data(), whole.size());
    if (written > 0)
        m_size += static_cast<std::uint64_t>(written);
}

} // namespace mainstay::guard
