// SPDX-License-Identifier: GPL-3.0-or-later
// AppendFile on POSIX: O_APPEND makes each write land at the end, whoever else writes or truncates.
#include "logs/append_file.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mainstay::logs {
namespace {

std::string describe(int error)
{
    return std::generic_category().message(error);
}

// O_NONBLOCK changes nothing for a file, but a pipe nobody reads must not stop the thread.
int openToAppend(const std::string &path, int flags) noexcept
{
    return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags, 0640);
}

// Whether a file is there that ends in the middle of a line.
bool hasTornEnd(const std::string &path) noexcept
{
    struct stat info = {};
    if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0)
        return false;
    const int handle = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    char last = '\n';
    const bool isRead = handle >= 0 && ::pread(handle, &last, 1, info.st_size - 1) == 1;
    if (handle >= 0)
        ::close(handle);
    return isRead && last != '\n';
}

} // namespace

AppendFile::~AppendFile()
{
    if (m_handle >= 0)
        ::close(m_handle);
}

AppendFile::AppendFile(AppendFile &&other) noexcept
    : m_handle(std::exchange(other.m_handle, -1)), m_path(std::move(other.m_path))
{}

AppendFile &AppendFile::operator=(AppendFile &&other) noexcept
{
    std::swap(m_handle, other.m_handle);
    std::swap(m_path, other.m_path);
    return *this;
}

Result<AppendFile> AppendFile::open(const std::string &path)
{
    const bool isTorn = hasTornEnd(path);
    const int handle = openToAppend(path, 0);
    if (handle < 0)
        return fail("log.open", "cannot open the log " + path + ": " + describe(errno),
                    "check that its folder exists and that the service may write there");
    AppendFile file;
    file.m_handle = handle;
    file.m_path = path;
    if (isTorn)
        static_cast<void>(file.append("\n")); // a full disk says so again at the first line
    return file;
}

AppendFile::State AppendFile::state() const noexcept
{
    struct stat own = {};
    struct stat atPath = {};
    State state;
    if (::fstat(m_handle, &own) != 0)
        return state;
    state.isRegular = S_ISREG(own.st_mode);
    state.isMoved = ::stat(m_path.c_str(), &atPath) != 0 || own.st_dev != atPath.st_dev || own.st_ino != atPath.st_ino;
    state.size = static_cast<std::uint64_t>(own.st_size);
    state.changed = WallClock::from_time_t(own.st_mtime);
    return state;
}

// The new file is made before the old one is moved, so that a disk without room changes nothing. A crash between the
// two leaves an empty file of that name, which the next rotation takes.
Result<> AppendFile::rotate(const std::string &aside)
{
    const auto failed = [this](int error) {
        return fail("log.rotate", "cannot begin a new log beside " + m_path + ": " + describe(error),
                    "see that the service may write in its folder; until then the old one grows");
    };
    const std::string fresh = m_path + ".new";
    AppendFile next;
    next.m_handle = openToAppend(fresh, O_NOFOLLOW);
    next.m_path = m_path;
    if (next.m_handle < 0 || ::rename(m_path.c_str(), aside.c_str()) != 0)
        return failed(errno);
    if (::rename(fresh.c_str(), m_path.c_str()) != 0) {
        const int error = errno;
        ::rename(aside.c_str(), m_path.c_str());
        return failed(error);
    }
    *this = std::move(next);
    return {};
}

Result<std::size_t> AppendFile::append(std::string_view bytes)
{
    ssize_t written = -1;
    do {
        written = ::write(m_handle, bytes.data(), bytes.size());
    } while (written < 0 && errno == EINTR);
    if (written < 0)
        return fail("log.write", "cannot write the log " + m_path + ": " + describe(errno),
                    "free space on its disk; it is tried again until it works");
    return static_cast<std::size_t>(written);
}

} // namespace mainstay::logs
