// SPDX-License-Identifier: GPL-3.0-or-later
// The floor of proxying: passes bytes between a client and a server of its own, without looking at them.
#include "floor/socket.h"

#include <array>
#include <memory>
#include <vector>

namespace mainstay::bench {
namespace {

constexpr std::size_t kBufferSize = 64 * 1024;
std::array<char, kBufferSize> g_scratch;
bool g_someClosed = false;

struct Pair;

// One end of a pair, and the bytes read from the other end that it did not take yet.
struct End {
    Pair *pair = nullptr;
    int fd = -1;
    bool readable = false;
    std::vector<char> pending;
};

struct Pair {
    std::array<End, 2> ends;
    bool closed = false;

    End &other(const End &end) { return &end == &ends[0] ? ends[1] : ends[0]; }
};

// Sends what was left over. False while some still is.
bool flush(End &to)
{
    while (!to.pending.empty()) {
        const ssize_t sent = send(to.fd, to.pending.data(), to.pending.size(), MSG_NOSIGNAL);
        if (sent < 0)
            return false;
        to.pending.erase(to.pending.begin(), to.pending.begin() + sent);
    }
    return true;
}

// Reads one end and writes the other until the first is drained or the second is full. False at the end of either.
bool pass(End &from, End &to)
{
    while (from.readable && flush(to)) {
        const ssize_t received = recv(from.fd, g_scratch.data(), g_scratch.size(), 0);
        if (received == 0)
            return false;
        if (received < 0) {
            from.readable = false;
            return errno == EAGAIN;
        }
        from.readable = static_cast<std::size_t>(received) == g_scratch.size();
        const ssize_t sent = send(to.fd, g_scratch.data(), static_cast<std::size_t>(received), MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            return false;
        to.pending.assign(g_scratch.data() + (sent < 0 ? 0 : sent), g_scratch.data() + received);
    }
    return true;
}

void handle(End &end, std::uint32_t events)
{
    Pair &pair = *end.pair;
    End &other = pair.other(end);
    bool open = (events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) == 0;
    if ((events & EPOLLIN) != 0) {
        end.readable = true;
        open = pass(end, other) && open;
    }
    if (open && (events & EPOLLOUT) != 0 && other.readable)
        open = pass(other, end);
    if (open)
        return;
    pair.closed = true;
    g_someClosed = true;
    close(end.fd);
    close(other.fd);
}

int connectTo(const sockaddr_in &server)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr *>(&server), sizeof server) != 0)
        giveUp("connect");
    noDelay(fd);
    return fd;
}

void acceptAll(int epoll, int listening, const sockaddr_in &server, std::vector<std::unique_ptr<Pair>> &pairs)
{
    for (;;) {
        const int client = accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (client < 0)
            return;
        noDelay(client);
        auto &pair = *pairs.emplace_back(std::make_unique<Pair>());
        pair.ends[0].fd = client;
        pair.ends[1].fd = connectTo(server);
        for (End &end : pair.ends) {
            end.pair = &pair;
            watch(epoll, end.fd, &end);
        }
    }
}

} // namespace
} // namespace mainstay::bench

int main(int argc, char **argv)
{
    using namespace mainstay::bench;
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s PORT SERVER-PORT\n", argv[0]);
        return 2;
    }
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    const int listening = listener(argv[1]);
    watch(epoll, listening, nullptr);
    std::vector<std::unique_ptr<Pair>> pairs;
    std::array<epoll_event, 256> events;
    for (;;) {
        const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            auto *end = static_cast<End *>(events[static_cast<std::size_t>(i)].data.ptr);
            if (end == nullptr)
                acceptAll(epoll, listening, loopback(argv[2]), pairs);
            else if (!end->pair->closed)
                handle(*end, events[static_cast<std::size_t>(i)].events);
        }
        if (g_someClosed)
            std::erase_if(pairs, [](const auto &pair) { return pair->closed; });
        g_someClosed = false;
    }
}
