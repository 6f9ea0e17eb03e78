// SPDX-License-Identifier: GPL-3.0-or-later
// recvmmsg and sendmmsg: one system call for up to 64 datagrams each way.
#include "engine/socket_address_linux.h"
#include "engine/udp_socket.h"

#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <sys/socket.h>

namespace mainstay::engine {

namespace {

// Batches answered before the loop gets to its other work.
constexpr int kBatchesPerTurn = 8;

// More than the receive buffer holds, so that a flood cannot keep a socket from being drained.
constexpr int kBatchesOfDrain = 1024;

// Room for the destination address of a datagram: on a wildcard socket the answer must leave from it.
constexpr std::size_t kControlSize = CMSG_SPACE(sizeof(in6_pktinfo));

// The answer leaves from the address that was asked, by the way that leads to the peer: the interface the question came
// through says nothing of that, but where the address means something there alone.
void forgetInterface(msghdr &message) noexcept
{
    cmsghdr *control = CMSG_FIRSTHDR(&message);
    if (!control)
        return;
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
        reinterpret_cast<in_pktinfo *>(CMSG_DATA(control))->ipi_ifindex = 0;
    } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
        auto *info = reinterpret_cast<in6_pktinfo *>(CMSG_DATA(control));
        if (!IN6_IS_ADDR_LINKLOCAL(&info->ipi6_addr))
            info->ipi6_ifindex = 0;
    }
}

} // namespace

struct UdpSocket::Batch {
    struct Slot {
        SocketAddress peer;
        alignas(cmsghdr) std::array<std::byte, kControlSize> control;
        std::array<std::uint8_t, kLargestDatagram> question;
        std::array<std::uint8_t, kLargestDatagram> answer;
        iovec questionVector;
        iovec answerVector;
    };

    std::array<Slot, kBatch> slots;
    std::array<mmsghdr, kBatch> received;
    std::array<mmsghdr, kBatch> answers;

    Batch()
    {
        for (std::size_t i = 0; i < kBatch; ++i) {
            Slot &slot = slots[i];
            slot.questionVector = {slot.question.data(), slot.question.size()};
            slot.answerVector = {slot.answer.data(), 0};
            received[i] = {};
            received[i].msg_hdr.msg_name = slot.peer.get();
            received[i].msg_hdr.msg_iov = &slot.questionVector;
            received[i].msg_hdr.msg_iovlen = 1;
            received[i].msg_hdr.msg_control = slot.control.data();
            prepare(i);
        }
    }
    // The system writes the lengths, so they are set anew before each receive.
    void prepare(std::size_t i)
    {
        received[i].msg_hdr.msg_namelen = sizeof(sockaddr_in6);
        received[i].msg_hdr.msg_controllen = kControlSize;
    }
};

Endpoint UdpSocket::Peer::endpoint() const noexcept
{
    return static_cast<const SocketAddress *>(m_address)->endpoint();
}

UdpSocket::UdpSocket(Loop &loop, NativeSocket socket, OnDatagram onDatagram, OnBatch onBatch)
    : Descriptor(loop, std::move(socket), Trigger::level), m_onDatagram(std::move(onDatagram)),
      m_onBatch(std::move(onBatch)), m_batch(std::make_unique<Batch>())
{
    // Ask for the destination address only where it is not known already.
    SocketAddress local;
    ::getsockname(handle(), local.get(), local.lengthField());
    const IpAddress address = local.endpoint().address;
    if (address.bytes != decltype(address.bytes){})
        return;
    const int on = 1;
    if (address.family == IpAddress::Family::v6)
        ::setsockopt(handle(), IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
    else
        ::setsockopt(handle(), IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
}

UdpSocket::~UdpSocket() = default;

void UdpSocket::onReady(Readiness)
{
    for (int i = 0; i < kBatchesPerTurn && answerBatch() == kBatch; ++i) {
    }
}

void UdpSocket::drain()
{
    for (int i = 0; i < kBatchesOfDrain && answerBatch() > 0; ++i) {
    }
    closeDescriptor();
}

std::size_t UdpSocket::answerBatch()
{
    Batch &batch = *m_batch;
    const int count = ::recvmmsg(handle(), batch.received.data(), kBatch, MSG_DONTWAIT, nullptr);
    if (count <= 0)
        return 0;
    unsigned int answers = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        Batch::Slot &slot = batch.slots[i];
        const msghdr &question = batch.received[i].msg_hdr;
        if ((question.msg_flags & MSG_TRUNC) == 0) {
            slot.answerVector.iov_len =
                m_onDatagram({slot.question.data(), batch.received[i].msg_len}, Peer(&slot.peer), slot.answer);
            if (slot.answerVector.iov_len > 0) {
                msghdr &answer = batch.answers[answers++].msg_hdr;
                answer = question; // the peer, and the address it wrote to
                answer.msg_iov = &slot.answerVector;
                answer.msg_flags = 0;
                forgetInterface(answer);
            }
        }
        batch.prepare(i);
    }
    for (unsigned int sent = 0; sent < answers;) {
        const int result = ::sendmmsg(handle(), batch.answers.data() + sent, answers - sent, MSG_DONTWAIT);
        if (result > 0)
            sent += static_cast<unsigned int>(result);
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            break; // the queue is full: these answers are lost, as on any congested path
        else if (errno != EINTR)
            ++sent; // this one cannot be sent; the next may
    }
    m_onBatch();
    return static_cast<std::size_t>(count);
}

} // namespace mainstay::engine
