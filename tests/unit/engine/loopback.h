// SPDX-License-Identifier: GPL-3.0-or-later
// Sockets on loopback and bounded waits, for tests that drive a loop by hand.
#pragma once

#include "engine/loop.h"
#include "engine/native_socket.h"
#include "engine/socket_address_linux.h"

#include <QtGlobal>
#include <cerrno>
#include <csignal>
#include <dirent.h>
#include <fcntl.h>
#include <functional>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace mainstay::test {

// Turns the loop until `done` or for ten seconds; true when done.
inline bool runUntil(engine::Loop &loop, const std::function<bool()> &done)
{
    for (const SteadyTime end = SteadyClock::now() + Seconds(10); !done();) {
        if (SteadyClock::now() > end)
            return false;
        loop.turn(Milliseconds(5));
    }
    return true;
}

inline Endpoint localEndpoint(engine::NativeHandle socket)
{
    engine::SocketAddress address;
    ::getsockname(socket, address.get(), address.lengthField());
    return address.endpoint();
}

// A non-blocking socket bound to a port of its own.
inline engine::NativeSocket boundSocket(int type, const char *address = "127.0.0.1")
{
    const Endpoint endpoint{IpAddress::parse(address).value(), 0};
    const engine::SocketAddress native(endpoint);
    engine::NativeSocket socket(::socket(native.get()->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (::bind(socket.handle(), native.get(), native.length()) != 0)
        qFatal("cannot bind to %s", address);
    return socket;
}

inline engine::NativeSocket listeningSocket(int backlog = 64)
{
    engine::NativeSocket socket = boundSocket(SOCK_STREAM);
    if (::listen(socket.handle(), backlog) != 0)
        qFatal("cannot listen");
    return socket;
}

// A connection begun; on loopback it stands at once when there is room in the backlog.
inline engine::NativeSocket connectingSocket(const Endpoint &peer)
{
    engine::NativeSocket socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const engine::SocketAddress native(peer);
    if (::connect(socket.handle(), native.get(), native.length()) != 0 && errno != EINPROGRESS)
        qFatal("cannot connect");
    return socket;
}

// The two ends of a TCP connection, both non-blocking.
struct Connected {
    engine::NativeSocket ours;
    engine::NativeSocket peer;

    Connected()
    {
        const engine::NativeSocket listening = listeningSocket();
        peer = connectingSocket(localEndpoint(listening.handle()));
        pollfd waiting{listening.handle(), POLLIN, 0};
        ::poll(&waiting, 1, 5000);
        ours = engine::NativeSocket(::accept4(listening.handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!ours.isOpen())
            qFatal("cannot accept");
    }
};

// What can be read from a non-blocking socket right now.
inline std::string readAvailable(engine::NativeHandle socket)
{
    std::string all;
    char space[65536];
    for (;;) {
        const ssize_t count = ::recv(socket, space, sizeof space, 0);
        if (count <= 0)
            return all;
        all.append(space, static_cast<std::size_t>(count));
    }
}

inline bool writeAll(engine::NativeHandle socket, std::string_view bytes)
{
    return ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

inline std::string numbered(std::size_t size)
{
    std::string bytes(size, '\0');
    for (std::size_t index = 0; index < size; ++index)
        bytes[index] = static_cast<char>((index * 2654435761U) >> 13);
    return bytes;
}

// How many descriptors this process has open.
inline int openDescriptors()
{
    DIR *folder = ::opendir("/proc/self/fd");
    int count = 0;
    while (::readdir(folder) != nullptr)
        ++count;
    ::closedir(folder);
    return count;
}

// Runs `body` in a child and returns its status as of waitpid(). The child says nothing on stderr and ends in a minute.
inline int statusOfChild(const std::function<int()> &body)
{
    const pid_t child = ::fork();
    if (child == 0) {
        for (const int signal : {SIGABRT, SIGSEGV, SIGALRM})
            ::signal(signal, SIG_DFL); // Qt Test's handlers would run a debugger
        ::alarm(60);
        ::dup2(::open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
        ::_exit(body());
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    return status;
}

} // namespace mainstay::test
