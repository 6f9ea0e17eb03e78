// SPDX-License-Identifier: GPL-3.0-or-later
// AppendFile on POSIX: O_APPEND makes each write land at the end, whoever else writes or truncates.
#include "logs/append_file.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace mainstay::logs {
namespace {

std::string describe(int error)
{
    return std::generic_category().message(error);
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
    // O_NONBLOCK changes nothing for a file, but a pipe nobody reads must not stop the thread.
    const int handle = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
    if (handle < 0)
        return fail("log.open", "cannot open the log " + path + ": " + describe(errno),
                    "check that its folder exists and that the service may write there");
    AppendFile file;
    file.m_handle = handle;
    file.m_path = path;
    return file;
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
