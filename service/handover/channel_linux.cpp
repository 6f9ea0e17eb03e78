// SPDX-License-Identifier: GPL-3.0-or-later
#include "handover/channel.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>

namespace mainstay::handover {

namespace {

constexpr std::size_t kControlBytes = CMSG_SPACE(kMaxDescriptors * sizeof(int));

bool isSeqPacket(int number)
{
    int type = 0;
    int domain = 0;
    socklen_t size = sizeof type;
    return ::getsockopt(number, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET &&
           ::getsockopt(number, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

// Rounds up, so that a wait never ends before its deadline.
int millisecondsUntil(SteadyTime deadline)
{
    const auto left = std::chrono::ceil<Milliseconds>(deadline - SteadyClock::now()).count();
    return static_cast<int>(std::clamp<Milliseconds::rep>(left, 0, 3'600'000));
}

bool waitFor(int number, short events, SteadyTime deadline)
{
    pollfd entry{.fd = number, .events = events, .revents = 0};
    for (;;) {
        const int ready = ::poll(&entry, 1, millisecondsUntil(deadline));
        if (ready >= 0)
            return ready > 0;
        if (errno != EINTR)
            return false;
    }
}

std::vector<Descriptor> takeDescriptors(msghdr &header)
{
    std::vector<Descriptor> taken;
    for (cmsghdr *item = CMSG_FIRSTHDR(&header); item; item = CMSG_NXTHDR(&header, item)) {
        if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS)
            continue;
        const std::size_t count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int number = Descriptor::kNone;
            std::memcpy(&number, CMSG_DATA(item) + i * sizeof(int), sizeof(int));
            taken.emplace_back(number);
        }
    }
    return taken;
}

} // namespace

Result<std::pair<Channel, Channel>> Channel::pair()
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return fail("descriptor.exhausted", "cannot make a socket pair: " + std::generic_category().message(errno),
                    "raise the limit of open files (LimitNOFILE= in the unit, ulimit -n in a shell)");
    return std::pair(Channel(Descriptor(ends[0])), Channel(Descriptor(ends[1])));
}

Result<Channel> Channel::adopt(int number)
{
    if (!isSeqPacket(number))
        return fail("channel.not-a-socket", "descriptor " + std::to_string(number) + " is not a message socket");
    ::fcntl(number, F_SETFD, FD_CLOEXEC);
    return Channel(Descriptor(number));
}

Result<Channel> Channel::adopt(Descriptor socket)
{
    auto channel = adopt(socket.number());
    if (channel)
        (void)socket.release();
    return channel;
}

Result<> Channel::send(const Message &message, std::span<const int> descriptors, Milliseconds patience)
{
    std::vector<std::uint8_t> packet = encode(message);
    iovec part{.iov_base = packet.data(), .iov_len = packet.size()};
    alignas(cmsghdr) std::array<char, kControlBytes> control{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (!descriptors.empty()) {
        const auto carried = descriptors.first(std::min(descriptors.size(), kMaxDescriptors));
        header.msg_control = control.data();
        header.msg_controllen = CMSG_SPACE(carried.size_bytes());
        cmsghdr *item = CMSG_FIRSTHDR(&header);
        item->cmsg_level = SOL_SOCKET;
        item->cmsg_type = SCM_RIGHTS;
        item->cmsg_len = CMSG_LEN(carried.size_bytes());
        std::memcpy(CMSG_DATA(item), carried.data(), carried.size_bytes());
    }
    const SteadyTime deadline = SteadyClock::now() + patience;
    for (;;) {
        if (::sendmsg(m_socket.number(), &header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            return {};
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return fail("channel.closed", "the other end is gone: " + std::generic_category().message(errno));
        if (!waitFor(m_socket.number(), POLLOUT, deadline))
            return fail("channel.full", "the other end does not read");
    }
}

tl::expected<Channel::Received, Channel::Absence> Channel::receive()
{
    std::array<std::uint8_t, kMaxMessageBytes> packet; // NOLINT: filled by the kernel
    alignas(cmsghdr) std::array<char, kControlBytes> control{};
    iovec part{.iov_base = packet.data(), .iov_len = packet.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    ssize_t length = -1;
    do {
        length = ::recvmsg(m_socket.number(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (length < 0 && errno == EINTR);
    if (length < 0 && errno == EAGAIN)
        return tl::unexpected(Absence::nothing);
    if (length <= 0)
        return tl::unexpected(Absence::closed);
    std::vector<Descriptor> descriptors = takeDescriptors(header);
    if (header.msg_flags & MSG_TRUNC)
        return tl::unexpected(Absence::malformed);
    auto message = decode(std::span(packet).first(static_cast<std::size_t>(length)));
    if (!message)
        return tl::unexpected(message.error() == DecodeError::otherVersion ? Absence::otherVersion
                                                                           : Absence::malformed);
    return Received{*std::move(message), std::move(descriptors), (header.msg_flags & MSG_CTRUNC) != 0};
}

bool Channel::wait(SteadyTime deadline) const
{
    return waitFor(m_socket.number(), POLLIN, deadline);
}

} // namespace mainstay::handover
