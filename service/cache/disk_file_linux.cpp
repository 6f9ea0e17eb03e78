// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/disk_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>

namespace mainstay::cache {

namespace {

constexpr const char *kUnfinished = ".new";
constexpr std::size_t kDigits = 16;
// What is left of the disk to databases, logs and the like: this part of it, but not more than so many bytes.
constexpr std::uint64_t kKeptPart = 20;
constexpr std::uint64_t kKeptMost = std::uint64_t{512} << 20;

std::string folderOf(const std::string &folder, std::uint64_t number)
{
    std::array<char, 8> text;
    std::snprintf(text.data(), text.size(), "/%02x", static_cast<unsigned>(number & 0xff));
    return folder + text.data();
}

std::string pathOf(const std::string &folder, std::uint64_t number)
{
    std::array<char, 24> text;
    std::snprintf(text.data(), text.size(), "/%016llx", static_cast<unsigned long long>(number));
    return folderOf(folder, number) + text.data();
}

tl::unexpected<Error> failure(int error)
{
    const std::string what = std::generic_category().message(error);
    if (error == ENOSPC || error == EDQUOT)
        return fail("cache.disk-full", what,
                    "free space on the disk of the state folder, or lower `disk` of the cache");
    return fail("cache.disk-failed", what, "check the folder `cache` of the state folder, and its disk");
}

bool hasRoom(int handle, std::uint64_t wanted)
{
    struct statvfs disk {};
    if (::fstatvfs(handle, &disk) != 0)
        return true; // the write will tell
    const std::uint64_t kept = std::min<std::uint64_t>(disk.f_blocks * disk.f_frsize / kKeptPart, kKeptMost);
    return disk.f_bavail * disk.f_frsize >= kept + wanted;
}

// 0, or the error.
int writeAll(int handle, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t count = ::write(handle, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count < 0 ? errno : EIO;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return 0;
}

} // namespace

DiskFile::~DiskFile()
{
    if (isOpen())
        ::close(m_handle);
}

DiskFile DiskFile::open(const std::string &folder, std::uint64_t number)
{
    DiskFile file;
    file.m_handle = ::open(pathOf(folder, number).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat status {};
    if (file.isOpen() && ::fstat(file.m_handle, &status) == 0)
        file.m_size = static_cast<std::uint64_t>(status.st_size);
    return file;
}

bool DiskFile::read(std::uint64_t offset, std::span<char> room) const
{
    while (!room.empty()) {
        const ssize_t count = ::pread(m_handle, room.data(), room.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        room = room.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return true;
}

Result<> DiskFile::write(const std::string &folder, std::uint64_t number, std::string_view front,
                         std::string_view content)
{
    const std::string path = pathOf(folder, number);
    const std::string beside = path + kUnfinished;
    constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
    int handle = ::open(beside.c_str(), kFlags, 0600);
    if (handle < 0 && errno == ENOENT) {
        std::error_code ignored; // the next attempt tells
        std::filesystem::create_directories(folderOf(folder, number), ignored);
        handle = ::open(beside.c_str(), kFlags, 0600);
    }
    if (handle < 0)
        return failure(errno);
    int error = hasRoom(handle, front.size() + content.size()) ? 0 : ENOSPC;
    for (const std::string_view part : {front, content})
        error = error == 0 ? writeAll(handle, part) : error;
    if (::close(handle) != 0 && error == 0)
        error = errno;
    if (error == 0 && ::rename(beside.c_str(), path.c_str()) != 0)
        error = errno;
    if (error == 0)
        return {};
    ::unlink(beside.c_str());
    return failure(error);
}

void DiskFile::remove(const std::string &folder, std::uint64_t number)
{
    ::unlink(pathOf(folder, number).c_str());
}

std::vector<std::uint64_t> DiskFile::list(const std::string &folder)
{
    std::vector<std::uint64_t> numbers;
    std::error_code error;
    std::filesystem::recursive_directory_iterator entry(folder, error);
    for (const std::filesystem::recursive_directory_iterator end; !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        std::uint64_t number = 0;
        const auto [stop, fault] = std::from_chars(name.data(), name.data() + name.size(), number, 16);
        if (name.ends_with(kUnfinished))
            ::unlink(entry->path().c_str());
        else if (fault == std::errc{} && stop == name.data() + name.size() && name.size() == kDigits)
            numbers.push_back(number);
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

} // namespace mainstay::cache
