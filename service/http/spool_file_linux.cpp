// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/spool_file.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>

namespace mainstay::http {

namespace {

constexpr const char *kPrefix = "body-";
constexpr mode_t kFolderMode = 0700;
constexpr mode_t kFileMode = 0600;
// What is left of the disk to databases, logs and the like: this part of it, but not more than so many bytes.
constexpr std::uint64_t kKeptPart = 20;
constexpr std::uint64_t kKeptMost = std::uint64_t{512} << 20;

std::string describe(int error)
{
    return std::generic_category().message(error);
}

tl::unexpected<Error> failure(int error)
{
    if (error == ENOSPC || error == EDQUOT)
        return fail(SpoolFile::kDiskFull, describe(error), "free space on the disk of the state folder");
    return fail("spool.failed", describe(error), "check the folder `spool` of the state folder, and its disk");
}

// The handle, or the negative of the error.
int openIn(const std::string &folder, const std::string &name, int flags)
{
    const std::string path = folder + name;
    int handle = ::open(path.c_str(), flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, kFileMode);
    if (handle < 0 && errno == ENOENT) {
        ::mkdir(folder.c_str(), kFolderMode);
        handle = ::open(path.c_str(), flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, kFileMode);
    }
    return handle < 0 ? -errno : handle;
}

// Whether there is room for so many bytes besides what others are to have.
bool hasRoom(int handle, std::uint64_t wanted)
{
    struct statvfs disk {};
    if (::fstatvfs(handle, &disk) != 0)
        return true; // the write will tell
    const std::uint64_t kept = std::min<std::uint64_t>(disk.f_blocks * disk.f_frsize / kKeptPart, kKeptMost);
    return disk.f_bavail * disk.f_frsize >= kept + wanted;
}

} // namespace

SpoolFile::~SpoolFile()
{
    if (isOpen())
        ::close(m_handle);
}

Result<SpoolFile> SpoolFile::create(const std::string &folder)
{
    const int handle = openIn(folder, "/.", O_TMPFILE | O_EXCL);
    if (handle == -EOPNOTSUPP || handle == -EISDIR || handle == -EINVAL)
        return createNamed(folder);
    if (handle < 0)
        return failure(-handle);
    return SpoolFile(handle);
}

Result<SpoolFile> SpoolFile::createNamed(const std::string &folder)
{
    static std::atomic<std::uint64_t> made = 0;
    const std::string name =
        std::string("/") + kPrefix + std::to_string(::getpid()) + '-' + std::to_string(made.fetch_add(1));
    const int handle = openIn(folder, name, O_CREAT | O_EXCL);
    if (handle < 0)
        return failure(-handle);
    SpoolFile file(handle);
    if (::unlink((folder + name).c_str()) != 0)
        return failure(errno);
    return file;
}

void SpoolFile::cleanUp(const std::string &folder)
{
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        if (entry->path().filename().string().starts_with(kPrefix))
            ::unlink(entry->path().c_str());
    }
}

Result<> SpoolFile::append(std::string_view bytes)
{
    if (!hasRoom(m_handle, bytes.size()))
        return failure(ENOSPC);
    while (!bytes.empty()) {
        const ssize_t count = ::pwrite(m_handle, bytes.data(), bytes.size(), static_cast<off_t>(m_size));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return failure(count < 0 ? errno : EIO);
        bytes.remove_prefix(static_cast<std::size_t>(count));
        m_size += static_cast<std::uint64_t>(count);
    }
    return {};
}

} // namespace mainstay::http
