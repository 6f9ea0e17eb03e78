// SPDX-License-Identifier: GPL-3.0-or-later
// Reads, replaces and locks files.
#include "certificates/whole_file.h"

#include <cerrno>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace mainstay::certificates {

namespace {

constexpr std::size_t kMaximumSize = 1 << 20;
constexpr const char *kUnfinished = ".new";

class OpenFile {
public:
    OpenFile(const std::filesystem::path &file, int flags) : m_descriptor(::open(file.c_str(), flags | O_CLOEXEC, 0600))
    {}
    OpenFile(const OpenFile &) = delete;
    OpenFile &operator=(const OpenFile &) = delete;
    ~OpenFile()
    {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }

    [[nodiscard]] bool isOpen() const noexcept { return m_descriptor >= 0; }
    [[nodiscard]] int descriptor() const noexcept { return m_descriptor; }

private:
    int m_descriptor;
};

std::string because(int error)
{
    return std::generic_category().message(error);
}

tl::unexpected<Error> unwritable(const std::filesystem::path &file, int error)
{
    return fail("file.unwritable", file.string() + ": cannot be written: " + because(error),
                "make the folder writable for the service's user and see that the disk is not full");
}

bool writeAll(int descriptor, std::string_view text)
{
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno != EINTR)
            return false;
        text.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
    return true;
}

bool readAll(int descriptor, std::span<char> space)
{
    while (!space.empty()) {
        const ssize_t count = ::read(descriptor, space.data(), space.size());
        if (count == 0 || (count < 0 && errno != EINTR))
            return false;
        space = space.subspan(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    return true;
}

bool syncFolder(const std::filesystem::path &folder)
{
    const OpenFile opened(folder, O_RDONLY | O_DIRECTORY);
    return opened.isOpen() && ::fsync(opened.descriptor()) == 0;
}

} // namespace

SecretText::~SecretText()
{
    OPENSSL_cleanse(m_text.data(), m_text.size());
}

Result<SecretText> readFile(const std::filesystem::path &file)
{
    const OpenFile opened(file, O_RDONLY | O_NONBLOCK); // not to hang on a pipe
    if (!opened.isOpen() && errno == ENOENT)
        return fail("file.missing", file.string() + ": no such file");
    struct stat status = {};
    if (!opened.isOpen() || ::fstat(opened.descriptor(), &status) != 0)
        return fail("file.unreadable", file.string() + ": cannot be read: " + because(errno),
                    "make it readable for the service's user");
    if (!S_ISREG(status.st_mode))
        return fail("file.unreadable", file.string() + ": is not a regular file");
    if (static_cast<std::size_t>(status.st_size) > kMaximumSize)
        return fail("file.too-large", file.string() + ": is larger than 1 MiB");

    SecretText text(static_cast<std::size_t>(status.st_size));
    if (!readAll(opened.descriptor(), text.space()))
        return fail("file.unreadable", file.string() + ": changed while it was read", "try again");
    return text;
}

Result<> writeWholeFile(const std::filesystem::path &file, std::string_view text, Readers readers)
{
    const std::filesystem::path temporary = file.string() + kUnfinished;
    {
        const OpenFile opened(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
        if (!opened.isOpen() || !writeAll(opened.descriptor(), text) ||
            ::fchmod(opened.descriptor(), static_cast<mode_t>(readers)) != 0 || ::fsync(opened.descriptor()) != 0) {
            const int error = errno;
            ::unlink(temporary.c_str());
            return unwritable(temporary, error);
        }
    }
    if (::rename(temporary.c_str(), file.c_str()) != 0 || !syncFolder(file.parent_path()))
        return unwritable(file, errno);
    return {};
}

bool isWorldReadable(const std::filesystem::path &file)
{
    struct stat status = {};
    return ::stat(file.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

Result<FolderLock> FolderLock::acquire(const std::filesystem::path &folder)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
        return unwritable(folder, error.value());
    const std::filesystem::path file = folder / "lock";
    FolderLock lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    int locked = lock.m_descriptor;
    while (locked >= 0 && ::flock(lock.m_descriptor, LOCK_EX) != 0)
        locked = errno == EINTR ? locked : -1;
    if (locked < 0)
        return unwritable(file, errno);
    for (const auto &entry : std::filesystem::directory_iterator(folder, error))
        if (entry.path().extension() == kUnfinished)
            std::filesystem::remove(entry.path(), error);
    return lock;
}

FolderLock::~FolderLock()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

} // namespace mainstay::certificates
