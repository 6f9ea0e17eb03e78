// SPDX-License-Identifier: GPL-3.0-or-later
// What a worker has for HTTP, its clients and the server behind it, all in one thread.
#pragma once

#include "http/server.h"

#include <QTemporaryDir>
#include <QTest>

#include <arpa/inet.h>
#include <array>
#include <fstream>
#include <functional>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mainstay::tests {

inline sockaddr_in loopback(std::uint16_t port = 0)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

inline engine::NativeSocket listening()
{
    engine::NativeSocket socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback();
    if (::bind(socket.handle(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0 ||
        ::listen(socket.handle(), 16) != 0)
        qFatal("cannot listen");
    return socket;
}

inline std::uint16_t portOf(const engine::NativeSocket &socket)
{
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(socket.handle(), reinterpret_cast<sockaddr *>(&address), &size);
    return ntohs(address.sin_port);
}

// Takes what has arrived; false at the end.
inline bool receiveInto(std::string &received, const engine::NativeSocket &socket)
{
    std::array<char, 65536> some;
    for (;;) {
        const ssize_t size = ::recv(socket.handle(), some.data(), some.size(), MSG_DONTWAIT);
        if (size <= 0)
            return size < 0 && errno == EAGAIN;
        received.append(some.data(), static_cast<std::size_t>(size));
    }
}

// A server behind the service. Answers each whole request by the function, from poll(); an empty answer closes, and
// kSilence says nothing.
class Origin {
public:
    using Answer = std::function<std::string(const std::string &request)>;
    // The size of the first request in the bytes, 0 while it is not whole.
    using Framing = std::function<std::size_t(const std::string &bytes)>;
    static constexpr const char *kSilence = "...";

    explicit Origin(Answer answer, Framing framing = httpRequestSize)
        : m_answer(std::move(answer)), m_framing(std::move(framing)), m_listening(listening())
    {}

    [[nodiscard]] Endpoint endpoint() const
    {
        return Endpoint::parse("127.0.0.1:" + std::to_string(portOf(m_listening))).value();
    }
    [[nodiscard]] std::size_t connections() const { return m_accepted; } // ever
    [[nodiscard]] std::size_t open() const { return m_peers.size(); }
    void closeAll() { m_peers.clear(); }
    // To all that are connected, unasked.
    void say(const std::string &bytes)
    {
        for (Peer &peer : m_peers)
            (void)::send(peer.socket.handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }

    void poll()
    {
        for (;;) {
            const int accepted = ::accept4(m_listening.handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (accepted < 0)
                break;
            ++m_accepted;
            m_peers.push_back({engine::NativeSocket(accepted), {}});
        }
        std::erase_if(m_peers, [this](Peer &peer) { return !serve(peer); });
    }

private:
    struct Peer {
        engine::NativeSocket socket;
        std::string received;
    };

    bool serve(Peer &peer)
    {
        const bool open = receiveInto(peer.received, peer.socket);
        while (const std::size_t size = m_framing(peer.received)) {
            const std::string answer = m_answer(peer.received.substr(0, size));
            peer.received.erase(0, size);
            if (answer.empty())
                return false;
            if (answer == kSilence)
                continue;
            (void)::send(peer.socket.handle(), answer.data(), answer.size(), MSG_NOSIGNAL);
        }
        return open;
    }
    // Of the first whole request, by its length or its last chunk.
    static std::size_t httpRequestSize(const std::string &bytes)
    {
        const std::size_t head = bytes.find("\r\n\r\n");
        if (head == std::string::npos)
            return 0;
        constexpr std::string_view kLength = "Content-Length: ";
        const std::size_t length = bytes.find(kLength);
        const std::size_t chunks = bytes.find("Transfer-Encoding: chunked");
        if (chunks < head) {
            const std::size_t end = bytes.find("0\r\n\r\n", head);
            return end == std::string::npos ? 0 : end + 5;
        }
        const std::size_t body = length < head ? std::stoul(bytes.substr(length + kLength.size())) : 0;
        return bytes.size() < head + 4 + body ? 0 : head + 4 + body;
    }

    Answer m_answer;
    Framing m_framing;
    engine::NativeSocket m_listening;
    std::vector<Peer> m_peers;
    std::size_t m_accepted = 0;
};

// One listener, one site: "/" from a folder with a.txt ("hello") and large.bin (1 MB), "/app" from the origins, unless
// changed and published again.
class Service {
public:
    explicit Service(std::vector<Origin *> origins = {}, engine::Interference *interference = nullptr)
        : loop(interference), m_origins(std::move(origins))
    {
        std::ofstream(folder.filePath(QStringLiteral("a.txt")).toStdString()) << "hello";
        std::ofstream(folder.filePath(QStringLiteral("large.bin")).toStdString()) << std::string(1'000'000, 'x');
        appRoute.path = {"/app"};
        backend.name = "app";
        backend.cell = std::make_shared<shared_state::BackendCell>("app", 1);
        for (std::uint32_t i = 0; i < m_origins.size(); ++i)
            backend.servers.push_back({std::to_string(i),
                                       {},
                                       m_origins[i]->endpoint(),
                                       std::make_shared<shared_state::ServerCell>("app", std::to_string(i), i, 1)});
        publish();
        auto socket = listening();
        m_port = portOf(socket);
        server.listen("web", "address", std::move(socket));
    }
    Service(const Service &) = delete;
    Service &operator=(const Service &) = delete;
    ~Service()
    {
        if (!end(200))
            qFatal("connections stay");
    }

    void publish(bool withListener = true)
    {
        auto next = std::make_shared<snapshot::Snapshot>();
        next->backends.push_back(std::make_shared<const snapshot::Backend>(backend));
        std::vector<snapshot::Route> routes(2);
        routes[0].config.path = {"/"};
        routes[0].config.root = {folder.path().toStdString()};
        routes[1].config = appRoute;
        routes[1].backend = next->backends.front();
        routes[1].guards = appGuards;
        auto site =
            std::make_shared<const snapshot::Site>("site", config::SiteConfig{}, std::move(routes), siteCell, 1);
        auto listener = std::make_shared<snapshot::HttpListener>();
        listener->name = "web";
        listener->config = config;
        listener->hosts = snapshot::HostMap().with("*", site);
        listener->cell = cell;
        if (withListener)
            next->httpListeners.emplace("web", std::move(listener));
        next->drainTimeout = drainTimeout;
        auto publication = std::make_shared<snapshot::Publication>();
        publication->snapshot = std::move(next);
        if (m_site)
            publication->dropped.push_back(std::exchange(m_site, nullptr));
        m_site = std::move(site);
        reader.adopt(std::move(publication));
        server.adopt();
    }

    void turn()
    {
        loop.turn(Milliseconds{0});
        for (Origin *origin : m_origins)
            origin->poll();
    }
    // Ends all connections at once. False when they are not gone after so many turns.
    bool end(int turns)
    {
        bool gone = false;
        server.drain([&gone] { gone = true; });
        server.abort();
        for (int i = 0; i < turns && !gone; ++i)
            loop.turn(Milliseconds{0});
        return gone;
    }
    [[nodiscard]] std::uint16_t port() const { return m_port; }

    QTemporaryDir folder;
    std::vector<std::shared_ptr<const void>> released;
    engine::Loop loop;
    std::shared_ptr<shared_state::ListenerCell> cell = std::make_shared<shared_state::ListenerCell>("web", 1);
    std::shared_ptr<shared_state::SiteCell> siteCell = std::make_shared<shared_state::SiteCell>("site", 1);
    config::ListenerConfig config;
    Milliseconds drainTimeout{10'000};
    snapshot::Backend backend;
    config::RouteConfig appRoute;
    std::shared_ptr<const snapshot::Guards> appGuards;
    snapshot::Reader::Release release = [this](std::shared_ptr<const void> object) {
        released.push_back(std::move(object));
    };
    snapshot::Reader reader{0, release};
    http::Server server{loop, reader, release};

private:
    std::vector<Origin *> m_origins;
    std::shared_ptr<const snapshot::Site> m_site;
    std::uint16_t m_port = 0;
};

class Client {
public:
    explicit Client(Service &service)
        : m_service(service), m_socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))
    {
        const sockaddr_in address = loopback(service.port());
        (void)::connect(m_socket.handle(), reinterpret_cast<const sockaddr *>(&address), sizeof address);
    }
    void send(std::string_view bytes) { (void)::send(m_socket.handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL); }
    void finish() { ::shutdown(m_socket.handle(), SHUT_WR); }
    void close() { m_socket.close(); }
    // Turns the service until the connection has ended or there has been nothing new for so many turns.
    const std::string &receive(int patience = 1000)
    {
        for (int quiet = 0; quiet < patience && !m_ended; ++quiet) {
            m_service.turn();
            const std::size_t before = m_received.size();
            m_ended = !receiveInto(m_received, m_socket);
            if (m_received.size() > before)
                quiet = 0;
        }
        return m_received;
    }
    [[nodiscard]] bool isEnded() const { return m_ended; }

private:
    Service &m_service;
    engine::NativeSocket m_socket;
    std::string m_received;
    bool m_ended = false;
};

} // namespace mainstay::tests
