// SPDX-License-Identifier: GPL-3.0-or-later
// What the bench's bare programs share: sockets on loopback, and giving up aloud.
#pragma once

#include <arpa/inet.h>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mainstay::bench {

[[noreturn]] inline void giveUp(const char *what)
{
    std::fprintf(stderr, "%s: %s\n", what, std::strerror(errno));
    std::exit(1);
}

inline sockaddr_in loopback(const char *port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

inline int boundSocket(int type, const char *port)
{
    const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const sockaddr_in address = loopback(port);
    if (fd < 0 || bind(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        giveUp("bind");
    return fd;
}

inline int listener(const char *port)
{
    const int fd = boundSocket(SOCK_STREAM | SOCK_NONBLOCK, port);
    if (listen(fd, 1024) != 0)
        giveUp("listen");
    return fd;
}

inline void noDelay(int fd)
{
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

inline void watch(int epoll, int fd, void *data)
{
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = data;
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        giveUp("epoll_ctl");
}

} // namespace mainstay::bench
