// SPDX-License-Identifier: GPL-3.0-or-later
#include "logs/compressed_copy.h"

#include "logs/log_encoder.h"

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mainstay::logs {
namespace {

class Handle {
public:
    explicit Handle(int handle) noexcept : m_handle(handle) {}
    ~Handle() { close(); }
    Handle(const Handle &) = delete;
    Handle &operator=(const Handle &) = delete;

    [[nodiscard]] int get() const noexcept { return m_handle; }
    bool close() noexcept
    {
        const bool closed = m_handle < 0 || ::close(m_handle) == 0;
        m_handle = -1;
        return closed;
    }

private:
    int m_handle;
};

bool writeAll(int handle, std::string_view bytes) noexcept
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(handle, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(written < 0 ? 0 : written));
    }
    return true;
}

// False with errno set.
bool copy(int from, int to, LogEncoder &encoder, const std::stop_token &stop)
{
    constexpr std::size_t kPiece = std::size_t{256} * 1024;
    std::vector<char> in(kPiece);
    for (;;) {
        if (stop.stop_requested()) {
            errno = ECANCELED;
            return false;
        }
        const ssize_t got = ::read(from, in.data(), in.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        const auto out = encoder.encode({in.data(), static_cast<std::size_t>(got)}, got == 0);
        if (!out) {
            errno = EIO;
            return false;
        }
        if (!writeAll(to, *out))
            return false;
        if (got == 0)
            return true;
    }
}

bool syncFolderOf(const std::string &path) noexcept
{
    const std::string folder = path.substr(0, path.rfind('/') + 1);
    const Handle handle(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return handle.get() >= 0 && ::fsync(handle.get()) == 0;
}

} // namespace

Result<> compressFile(const std::string &path, LogCoding coding, const std::stop_token &stop)
{
    const std::string whole = path + (coding == LogCoding::gzip ? ".gz" : ".zst");
    const std::string part = whole + ".part";
    const auto failed = [&](int error) {
        ::unlink(part.c_str());
        return fail("log.archive", "cannot compress the log " + path + ": " + std::generic_category().message(error),
                    "see that its folder has room and the service may write there; it stays as it is until then");
    };
    const Handle from(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (from.get() < 0)
        return failed(errno);
    Handle to(::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640));
    LogEncoder encoder(coding);
    if (to.get() < 0 || !copy(from.get(), to.get(), encoder, stop) || ::fsync(to.get()) != 0 || !to.close())
        return failed(errno);
    if (::rename(part.c_str(), whole.c_str()) != 0)
        return failed(errno);
    syncFolderOf(path);
    return {};
}

void lowerPriority() noexcept
{
    constexpr int kLowest = 19;
    constexpr int kBestEffortLast = 2 << 13 | 7; // IOPRIO_CLASS_BE
    const auto thread = static_cast<id_t>(::syscall(SYS_gettid));
    ::setpriority(PRIO_PROCESS, thread, kLowest);
    ::syscall(SYS_ioprio_set, 1, 0, kBestEffortLast);
}

} // namespace mainstay::logs
