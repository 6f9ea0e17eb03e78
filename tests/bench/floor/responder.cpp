// SPDX-License-Identifier: GPL-3.0-or-later
// Answers every request with the same body, without reading it: the servers behind the proxies, and the floor of
// serving a file from memory. A request ends where what was received ends with an empty line.
#include "floor/socket.h"

#include <array>
#include <memory>
#include <string>

namespace mainstay::bench {
namespace {

struct Connection {
    int fd;
    std::size_t left = 0;       // of the answer being sent
    std::array<char, 4> tail{}; // the last bytes received
};

bool answer(Connection &connection, const std::string &response)
{
    while (connection.left > 0) {
        const char *from = response.data() + (response.size() - connection.left);
        const ssize_t sent = send(connection.fd, from, connection.left, MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN;
        connection.left -= static_cast<std::size_t>(sent);
    }
    return true;
}

// False when the connection is over.
bool receive(Connection &connection, const std::string &response)
{
    static std::array<char, 64 * 1024> scratch;
    const ssize_t received = recv(connection.fd, scratch.data(), scratch.size(), 0);
    if (received <= 0)
        return received < 0 && errno == EAGAIN;
    for (ssize_t i = received < 4 ? 0 : received - 4; i < received; ++i) {
        std::memmove(connection.tail.data(), connection.tail.data() + 1, 3);
        connection.tail[3] = scratch[static_cast<std::size_t>(i)];
    }
    if (std::memcmp(connection.tail.data(), "\r\n\r\n", 4) != 0)
        return true;
    connection.tail = {};
    connection.left = response.size();
    return answer(connection, response);
}

void acceptAll(int epoll, int listening)
{
    for (;;) {
        const int client = accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (client < 0)
            return;
        noDelay(client);
        watch(epoll, client, new Connection{client});
    }
}

void handle(std::unique_ptr<Connection> connection, std::uint32_t events, const std::string &response)
{
    bool open = (events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) == 0;
    if (open && connection->left > 0)
        open = answer(*connection, response);
    else if (open && (events & EPOLLIN) != 0)
        open = receive(*connection, response);
    if (open)
        static_cast<void>(connection.release()); // epoll holds it
    else
        close(connection->fd);
}

} // namespace
} // namespace mainstay::bench

int main(int argc, char **argv)
{
    using namespace mainstay::bench;
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s PORT BODY-BYTES\n", argv[0]);
        return 2;
    }
    const std::string body(static_cast<std::size_t>(std::atol(argv[2])), 'm');
    const std::string response = "HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: text/plain\r\nContent-Length: " +
                                 std::to_string(body.size()) + "\r\n\r\n" + body;
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    const int listening = listener(argv[1]);
    watch(epoll, listening, nullptr);
    std::array<epoll_event, 256> events;
    for (;;) {
        const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            const epoll_event &event = events[static_cast<std::size_t>(i)];
            if (event.data.ptr == nullptr)
                acceptAll(epoll, listening);
            else
                handle(std::unique_ptr<Connection>(static_cast<Connection *>(event.data.ptr)), event.events, response);
        }
    }
}
