// SPDX-License-Identifier: GPL-3.0-or-later
// Write, fsync, rename, fsync of the folder.
#include "control/durable_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace mainstay::control {
namespace {

tl::unexpected<Error> unwritable(const std::filesystem::path &path, int error)
{
    return fail("file.unwritable", "cannot write " + path.string() + ": " + std::strerror(error),
                "let the service's user write there, and see that the disk is not full");
}

class Descriptor {
public:
    Descriptor(const std::filesystem::path &path, int flags) : m_fd(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
    ~Descriptor()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;

    [[nodiscard]] int get() const { return m_fd; }

private:
    int m_fd;
};

// From so many files on, all of the file system is written at once.
constexpr std::size_t kManyFiles = 64;

bool writeAll(int fd, std::string_view text)
{
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

} // namespace

Result<> writeSynced(const std::filesystem::path &path, std::string_view text)
{
    const Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW);
    if (file.get() < 0 || !writeAll(file.get(), text) || ::fsync(file.get()) != 0)
        return unwritable(path, errno);
    return {};
}

Result<> writeDurably(const std::filesystem::path &path, std::string_view text)
{
    const auto temporary = path.parent_path() / ("." + path.filename().string() + ".new");
    Result<> written = writeSynced(temporary, text).and_then([&] { return renameDurably(temporary, path); });
    if (!written)
        ::unlink(temporary.c_str()); // on a full disk, half of it takes room
    return written;
}

GrowingFile::GrowingFile(std::filesystem::path path)
    : m_path(std::move(path)), m_fd(::open(m_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600))
{
    if (m_fd < 0)
        m_result = unwritable(m_path, errno);
}

GrowingFile::~GrowingFile()
{
    if (m_fd >= 0)
        ::close(m_fd);
}

void GrowingFile::write(std::string_view piece)
{
    if (m_result && !writeAll(m_fd, piece))
        m_result = unwritable(m_path, errno);
}

Result<> syncFiles(const std::filesystem::path &folder, const std::vector<std::filesystem::path> &files)
{
    if (files.size() >= kManyFiles) {
        const Descriptor descriptor(folder, O_RDONLY | O_DIRECTORY);
        if (descriptor.get() < 0 || ::syncfs(descriptor.get()) != 0)
            return unwritable(folder, errno);
        return {};
    }
    for (const std::filesystem::path &file : files) {
        const Descriptor descriptor(file, O_RDONLY | O_NOFOLLOW);
        if (descriptor.get() < 0 || ::fsync(descriptor.get()) != 0)
            return unwritable(file, errno);
    }
    return {};
}

Result<> makeFolder(const std::filesystem::path &path)
{
    if (::mkdir(path.c_str(), 0700) == 0)
        return path.has_parent_path() ? syncFolder(path.parent_path()) : Result<>{};
    if (errno == ENOENT && path.has_parent_path() && path.parent_path() != path)
        return makeFolder(path.parent_path()).and_then([&] { return makeFolder(path); });
    const int error = errno;
    struct stat status {};
    if (error == EEXIST && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
        return {};
    return unwritable(path, error);
}

Result<> syncFolder(const std::filesystem::path &path)
{
    const Descriptor folder(path, O_RDONLY | O_DIRECTORY);
    if (folder.get() < 0 || ::fsync(folder.get()) != 0)
        return unwritable(path, errno);
    return {};
}

Result<> removeDurably(const std::filesystem::path &path)
{
    if (::unlink(path.c_str()) == 0)
        return syncFolder(path.parent_path());
    return errno == ENOENT ? Result<>{} : unwritable(path, errno);
}

Result<> renameDurably(const std::filesystem::path &from, const std::filesystem::path &to)
{
    if (std::rename(from.c_str(), to.c_str()) != 0)
        return unwritable(to, errno);
    return syncFolder(to.parent_path());
}

} // namespace mainstay::control
