// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/interference.h"
#include "engine/socket.h"
#include "engine/socket_address_linux.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>

namespace mainstay::engine {

namespace {

constexpr std::uint64_t kMostAtOnce = std::uint64_t{512} * 1024; // of a file

bool hasChanged(const FileRange &range) noexcept
{
    // Whoever appends sets the time first, and the size a moment later.
    constexpr int kLooks = 4;
    for (int look = 0; range.modified != 0 && look < kLooks; ++look) {
        struct stat status {};
        if (::fstat(range.file, &status) != 0)
            return true;
        const auto size = static_cast<std::uint64_t>(status.st_size);
        if (status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec == range.modified)
            return false;
        if (size < range.size)
            return true;
        if (size > range.size)
            return !range.ends || fileEnds(range.file, range.size) != *range.ends;
        ::sched_yield();
    }
    return range.modified != 0;
}

} // namespace

std::optional<FileEnds> fileEnds(NativeHandle file, std::uint64_t size) noexcept
{
    FileEnds ends;
    const auto wanted = static_cast<ssize_t>(ends.first.size());
    const auto lastAt = static_cast<off_t>(size - std::min<std::uint64_t>(size, ends.last.size()));
    if (::pread(file, ends.first.data(), ends.first.size(), 0) != wanted ||
        ::pread(file, ends.last.data(), ends.last.size(), lastAt) != wanted)
        return std::nullopt;
    return ends;
}

std::size_t readFile(const FileRange &range, std::span<char> room) noexcept
{
    const std::size_t wanted = std::min<std::uint64_t>(room.size(), range.length);
    if (hasChanged(range))
        return 0;
    for (;;) {
        const ssize_t count = ::pread(range.file, room.data(), wanted, static_cast<off_t>(range.offset));
        if (count >= 0 || errno != EINTR)
            return static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    }
}

NativeSocket Socket::startConnecting(const PeerAddress &peer)
{
    const SocketAddress address(peer);
    NativeSocket socket(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.isOpen())
        return socket;
    if (peer.endpoint()) {
        const int on = 1;
        ::setsockopt(socket.handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    // A Unix socket whose queue is full says EAGAIN, and nothing tells when there is room: that is a refusal.
    if (::connect(socket.handle(), address.get(), address.length()) != 0 && errno != EINPROGRESS)
        socket.close();
    return socket;
}

// A connection that has just come to stand takes so little at once.
bool Socket::greet() noexcept
{
    const auto greeting = std::exchange(m_greeting, nullptr);
    if (!greeting)
        return true;
    ssize_t count = -1;
    do {
        count = ::send(handle(), greeting->data(), greeting->size(), MSG_NOSIGNAL);
    } while (count < 0 && errno == EINTR);
    return count == static_cast<ssize_t>(greeting->size());
}

bool Socket::attemptConnect() noexcept
{
    switch (loop().interference() ? loop().interference()->onAttempt(OperationKind::connect)
                                  : Interference::Verdict::proceed) {
    case Interference::Verdict::proceed:
        break;
    case Interference::Verdict::defer:
        retryLater();
        return false;
    case Interference::Verdict::cancel:
        out().result.status = IoStatus::cancelled;
        return true;
    }
    int error = 0;
    socklen_t length = sizeof error;
    if (::getsockopt(handle(), SOL_SOCKET, SO_ERROR, &error, &length) != 0 || error != 0 || !greet())
        out().result.status = IoStatus::failed;
    return true;
}

Stream::Outcome Socket::readSome(std::span<char> room) noexcept
{
    for (;;) {
        const ssize_t count = ::recv(handle(), room.data(), room.size(), 0);
        if (count > 0)
            return {Attempt::done, static_cast<std::size_t>(count), static_cast<std::size_t>(count) < room.size()};
        if (count == 0)
            return {Attempt::ended};
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return {Attempt::wantsRead};
        if (errno != EINTR)
            return {Attempt::failed};
    }
}

Stream::Outcome Socket::writeSome(const Pieces &pieces) noexcept
{
    const std::size_t allowed = sendLimit(pieces.size());
    std::array<iovec, 3> vector{};
    std::size_t used = 0;
    std::size_t left = allowed;
    for (const std::string_view part : pieces.parts) {
        const std::size_t length = std::min(part.size(), left);
        if (length == 0)
            continue;
        vector[used++] = {const_cast<char *>(part.data()), length};
        left -= length;
    }
    msghdr message{};
    message.msg_iov = vector.data();
    message.msg_iovlen = used;
    const int more = hasFileBehind() ? MSG_MORE : 0;
    for (;;) {
        const ssize_t count = used == 1 ? ::send(handle(), vector[0].iov_base, vector[0].iov_len, MSG_NOSIGNAL | more)
                                        : ::sendmsg(handle(), &message, MSG_NOSIGNAL | more);
        if (count >= 0) // a short count means that there is no more room
            return {static_cast<std::size_t>(count) < allowed ? Attempt::wantsWrite : Attempt::done,
                    static_cast<std::size_t>(count)};
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return {Attempt::wantsWrite};
        if (errno != EINTR)
            return {Attempt::failed};
    }
}

Stream::Outcome Socket::writeFile(const FileRange &file) noexcept
{
    const std::size_t allowed = sendLimit(static_cast<std::size_t>(std::min<std::uint64_t>(file.length, kMostAtOnce)));
    if (hasChanged(file))
        return {Attempt::failed};
    for (;;) {
        auto offset = static_cast<off_t>(file.offset);
        const ssize_t count = ::sendfile(handle(), file.file, &offset, allowed);
        if (count > 0)
            return {Attempt::done, static_cast<std::size_t>(count)};
        if (count == 0)
            return {Attempt::failed}; // the file has become shorter than was promised
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return {Attempt::wantsWrite};
        if (errno != EINTR)
            return {Attempt::failed};
    }
}

Stream::Outcome Socket::readIntoPipe(Pipe &pipe, std::size_t most) noexcept
{
    for (;;) {
        const ssize_t count = ::splice(handle(), nullptr, pipe.sink(), nullptr, most, SPLICE_F_NONBLOCK);
        if (count > 0)
            return {Attempt::done, static_cast<std::size_t>(count)};
        if (count == 0)
            return {Attempt::ended};
        if (errno == EAGAIN) // of the socket, as the pipe is empty
            return {Attempt::wantsRead};
        if (errno != EINTR)
            return {Attempt::failed};
    }
}

Stream::Outcome Socket::writeFromPipe(Pipe &pipe) noexcept
{
    const std::size_t allowed = sendLimit(pipe.held());
    for (;;) {
        const ssize_t count = ::splice(pipe.source(), nullptr, handle(), nullptr, allowed, SPLICE_F_NONBLOCK);
        if (count > 0)
            return {Attempt::done, static_cast<std::size_t>(count)};
        if (count < 0 && errno == EAGAIN) // of the socket, as the pipe is not empty
            return {Attempt::wantsWrite};
        if (count == 0 || errno != EINTR)
            return {Attempt::failed};
    }
}

Endpoint Socket::localEndpoint() const noexcept
{
    SocketAddress address;
    if (::getsockname(handle(), address.get(), address.lengthField()) != 0 || address.family() == AF_UNIX)
        return {};
    return address.endpoint();
}

void Socket::shutdownSend() noexcept
{
    ::shutdown(handle(), SHUT_WR);
}

bool Socket::hasUnread() const noexcept
{
    char first;
    return ::recv(handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void Socket::resetOnClose() noexcept
{
    const linger immediate{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(handle(), SOL_SOCKET, SO_LINGER, &immediate, sizeof immediate);
}

} // namespace mainstay::engine
