// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/log_file.h"

#include "base/printable.h"
#include "guard/acting_as.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mainstay::guard {

namespace {

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

LogFile::LogFile(std::string path, std::optional<Identity> owner) : m_path(std::move(path)), m_owner(std::move(owner))
{
    open();
}

void LogFile::open()
{
    m_file.reset();
    const ActingAs owner(m_owner);
    if (!owner)
        return;
    m_file.reset(::open(m_path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640));
    struct stat info {};
    if (m_file.isOpen() && ::fstat(m_file.number(), &info) == 0 && S_ISREG(info.st_mode))
        m_size = static_cast<std::uint64_t>(info.st_size);
    else
        m_file.reset();
}

void LogFile::line(std::string_view text)
{
    if (!m_file.isOpen())
        open();
    if (!m_file.isOpen())
        return;
    const std::string whole = timeText() + " " + printable(text) + "\n";
    if (m_size + whole.size() > kMostBytes) {
        if (const ActingAs owner(m_owner); owner)
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
