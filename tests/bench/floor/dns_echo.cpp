// SPDX-License-Identifier: GPL-3.0-or-later
// The floor of answering UDP: sends every datagram back, marked as a response, many to a system call.
#include "floor/socket.h"

#include <array>

int main(int argc, char **argv)
{
    using namespace mainstay::bench;
    constexpr std::size_t kBatch = 64;
    constexpr std::size_t kDatagram = 512;
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s PORT\n", argv[0]);
        return 2;
    }
    const int fd = boundSocket(SOCK_DGRAM, argv[1]);
    static std::array<std::array<char, kDatagram>, kBatch> data;
    std::array<sockaddr_in, kBatch> peers{};
    std::array<iovec, kBatch> parts{};
    std::array<mmsghdr, kBatch> messages{};
    for (;;) {
        for (std::size_t i = 0; i < kBatch; ++i) {
            parts[i] = {data[i].data(), data[i].size()};
            messages[i].msg_hdr = {};
            messages[i].msg_hdr.msg_name = &peers[i];
            messages[i].msg_hdr.msg_namelen = sizeof peers[i];
            messages[i].msg_hdr.msg_iov = &parts[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        const int received = recvmmsg(fd, messages.data(), kBatch, MSG_WAITFORONE, nullptr);
        if (received <= 0)
            giveUp("recvmmsg");
        for (std::size_t i = 0; i < static_cast<std::size_t>(received); ++i) {
            parts[i].iov_len = messages[i].msg_len;
            data[i][2] = static_cast<char>(data[i][2] | 0x80); // QR, RFC 1035 section 4.1.1
        }
        sendmmsg(fd, messages.data(), static_cast<unsigned>(received), 0);
    }
}
