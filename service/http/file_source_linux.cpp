// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/file_source.h"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mainstay::http {

namespace {

int openFolder(const std::string &root)
{
    return ::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

// Linux 5.6 and later. The C library has no wrapper.
int openBeneathFolder(int folder, const char *path, Links links)
{
    open_how how{};
    how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY; // a FIFO must not block the worker
    how.resolve = RESOLVE_NO_MAGICLINKS;
    if (links == Links::inside)
        how.resolve |= RESOLVE_BENEATH;
    return static_cast<int>(::syscall(SYS_openat2, folder, path, &how, sizeof how));
}

OpenStatus statusOf(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
        return OpenStatus::missing;
    case EACCES:
    case EPERM:
    case ELOOP:
    case EXDEV: // out of the root
    case ENXIO: // a socket
        return OpenStatus::forbidden;
    default:
        return OpenStatus::failed;
    }
}

std::int64_t nanoseconds(const timespec &time)
{
    return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

} // namespace

OpenFile::~OpenFile()
{
    if (m_handle != engine::kNoHandle)
        ::close(m_handle);
}

std::pair<OpenStatus, OpenFile> OpenFile::openBeneath(const std::string &root, const std::string &path, Links links)
{
    std::pair<OpenStatus, OpenFile> result{OpenStatus::failed, OpenFile()};
    const int folder = openFolder(root);
    if (folder < 0) {
        result.first = statusOf(errno);
        return result;
    }
    result.second.m_handle = openBeneathFolder(folder, path.empty() ? "." : path.c_str(), links);
    const int error = errno;
    ::close(folder);
    struct stat status {};
    if (result.second.m_handle < 0) {
        result.second.m_handle = engine::kNoHandle;
        result.first = statusOf(error);
    } else if (::fstat(result.second.m_handle, &status) != 0) {
        result.first = OpenStatus::failed;
    } else if (S_ISREG(status.st_mode)) {
        result.first = OpenStatus::file;
    } else {
        result.first = S_ISDIR(status.st_mode) ? OpenStatus::folder : OpenStatus::forbidden;
    }
    return result;
}

FileStamp OpenFile::stamp() const
{
    struct stat status {};
    if (::fstat(m_handle, &status) != 0)
        return {};
    return {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino),
            static_cast<std::uint64_t>(status.st_size), nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

bool OpenFile::readFolder(std::vector<FolderEntry> &out, std::size_t most) const
{
    const int again = ::openat(m_handle, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = again < 0 ? nullptr : ::fdopendir(again);
    if (!folder) {
        if (again >= 0)
            ::close(again);
        return false;
    }
    while (const dirent *entry = ::readdir(folder)) {
        struct stat status {};
        if (entry->d_name[0] == '.' || ::fstatat(m_handle, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode) && !S_ISLNK(status.st_mode))
            continue;
        if (out.size() == most)
            break;
        out.push_back({entry->d_name, S_ISDIR(status.st_mode), S_ISLNK(status.st_mode),
                       static_cast<std::uint64_t>(status.st_size), static_cast<std::int64_t>(status.st_mtim.tv_sec)});
    }
    ::closedir(folder);
    return true;
}

bool OpenFile::readAll(std::string &out, std::size_t size) const
{
    out.resize(size);
    std::size_t done = 0;
    while (done < size) {
        const ssize_t count = ::pread(m_handle, out.data() + done, size - done, static_cast<off_t>(done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        done += static_cast<std::size_t>(count);
    }
    char beyond = 0;
    return ::pread(m_handle, &beyond, 1, static_cast<off_t>(size)) == 0;
}

} // namespace mainstay::http
