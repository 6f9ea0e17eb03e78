// SPDX-License-Identifier: GPL-3.0-or-later
// DNS over real sockets on loopback, client and server in one thread.
#include "dns/server.h"
#include "dns_text.h"
#include "snapshot/snapshot.h"
#include "zones/zone_loader.h"

#include <QTest>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace mainstay;
using namespace std::chrono_literals;
using tests::makeQuery;
using tests::Message;

namespace {

enum Type : std::uint16_t { A = 1, TXT = 16 };

std::shared_ptr<const snapshot::Zone> zone(const std::string &address)
{
    zones::ZoneLoader loader({.apex = wire::Name::parse("example.org.").value(), .path = "zone"});
    std::string text = "$TTL 300\n@ SOA ns1 admin 1 2 3 4 60\n@ NS ns1\nns1 A 192.0.2.1\nwww A " + address + "\n";
    for (int i = 0; i < 200; ++i)
        text += "large TXT \"" + std::to_string(i) + std::string(200, 'x') + "\"\n";
    loader.readText(text, "text");
    return loader.finish().zone;
}

sockaddr_in loopback(std::uint16_t port = 0)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

engine::NativeSocket bound(int type)
{
    engine::NativeSocket socket(::socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback();
    if (::bind(socket.handle(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        qFatal("cannot bind");
    if (type == SOCK_STREAM && ::listen(socket.handle(), 16) != 0)
        qFatal("cannot listen");
    return socket;
}

std::uint16_t portOf(const engine::NativeSocket &socket)
{
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(socket.handle(), reinterpret_cast<sockaddr *>(&address), &size);
    return ntohs(address.sin_port);
}

Message framed(const Message &query)
{
    Message out(2 + query.size());
    out[0] = static_cast<std::uint8_t>(query.size() >> 8);
    out[1] = static_cast<std::uint8_t>(query.size());
    std::ranges::copy(query, out.begin() + 2);
    return out;
}

} // namespace

class ServerTest : public QObject {
    Q_OBJECT

    // What a worker has, with its sockets. Members go in the reverse order.
    struct Service {
        std::vector<std::shared_ptr<const void>> released;
        engine::Loop loop;
        snapshot::Reader reader{0,
                                [this](std::shared_ptr<const void> object) { released.push_back(std::move(object)); }};
        std::shared_ptr<shared_state::ZoneCell> zoneCell = std::make_shared<shared_state::ZoneCell>("example.org", 1);
        std::shared_ptr<shared_state::ZoneCell> outside = std::make_shared<shared_state::ZoneCell>("dns", 1);
        std::shared_ptr<shared_state::ListenerCell> cell = std::make_shared<shared_state::ListenerCell>("dns", 1);
        config::ListenerConfig config;
        dns::Server server{loop, reader,
                           [this](std::shared_ptr<const void> object) { released.push_back(std::move(object)); }};
        std::uint16_t udpPort = 0;
        std::uint16_t tcpPort = 0;

        explicit Service(config::ListenerConfig listenerConfig = {}) : config(std::move(listenerConfig))
        {
            publish(zone("192.0.2.2"));
            auto udp = bound(SOCK_DGRAM);
            auto tcp = bound(SOCK_STREAM);
            udpPort = portOf(udp);
            tcpPort = portOf(tcp);
            server.listenUdp("dns", "udp", std::move(udp));
            server.listenTcp("dns", "tcp", std::move(tcp));
        }
        ~Service()
        {
            bool gone = false;
            server.drain([&gone] { gone = true; });
            server.abort();
            for (int i = 0; i < 100 && !gone; ++i)
                loop.turn(10ms);
            if (!gone)
                qFatal("connections stay");
        }
        void publish(std::shared_ptr<const snapshot::Zone> next)
        {
            auto listener = std::make_shared<snapshot::DnsListener>();
            listener->name = "dns";
            listener->config = config;
            listener->zones = snapshot::ZoneTable().with(std::move(next), zoneCell);
            listener->cell = cell;
            listener->outside = outside;
            auto publication = std::make_shared<snapshot::Publication>();
            auto snapshot = std::make_shared<snapshot::Snapshot>();
            if (listener->zones.find(wire::Name::parse("example.org.").value()))
                snapshot->dnsListeners.emplace("dns", listener);
            publication->snapshot = snapshot;
            reader.adopt(publication);
            server.adopt();
        }
        void unpublish()
        {
            auto publication = std::make_shared<snapshot::Publication>();
            publication->snapshot = std::make_shared<snapshot::Snapshot>();
            reader.adopt(publication);
            server.adopt();
        }
        shared_state::QueryTraffic &traffic() { return zoneCell->queries[0]; }
        // Answers whose latency is known.
        std::uint64_t timed()
        {
            HistogramSummary summary;
            traffic().latency.addTo(summary);
            return summary.total;
        }
    };

    class Client {
    public:
        Client(Service &service, int type)
            : m_service(service), m_socket(::socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))
        {
            const sockaddr_in address = loopback(type == SOCK_DGRAM ? service.udpPort : service.tcpPort);
            (void)::connect(m_socket.handle(), reinterpret_cast<const sockaddr *>(&address), sizeof address);
        }
        void send(const Message &bytes)
        {
            for (std::size_t sent = 0; sent < bytes.size();) {
                const ssize_t now = ::send(m_socket.handle(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
                if (now > 0)
                    sent += static_cast<std::size_t>(now);
                else if (errno != EAGAIN)
                    return;
                m_service.loop.turn(1ms);
            }
        }
        void finish() { ::shutdown(m_socket.handle(), SHUT_WR); }
        // Turns the loop until there are as many bytes, or the end, or nothing for long.
        Message receive(std::size_t wanted)
        {
            for (int turns = 0; turns < 300 && m_received.size() < wanted && !m_ended; ++turns) {
                m_service.loop.turn(1ms);
                std::uint8_t some[70000];
                const ssize_t size = ::recv(m_socket.handle(), some, sizeof some, 0);
                m_ended = size == 0 || (size < 0 && errno != EAGAIN);
                if (size > 0) {
                    m_received.insert(m_received.end(), some, some + size);
                    turns = 0;
                }
            }
            const auto count = static_cast<std::ptrdiff_t>(std::min(wanted, m_received.size()));
            Message taken(m_received.begin(), m_received.begin() + count);
            m_received.erase(m_received.begin(), m_received.begin() + count);
            return taken;
        }
        std::optional<tests::ResponseText> receiveFramed()
        {
            const Message length = receive(2);
            if (length.size() < 2)
                return std::nullopt;
            const Message body = receive(static_cast<std::size_t>(length[0] << 8 | length[1]));
            return tests::parseResponse(body);
        }
        std::optional<tests::ResponseText> receiveDatagram()
        {
            const Message body = receive(1 + m_received.size());
            Message whole = body;
            whole.insert(whole.end(), m_received.begin(), m_received.end());
            m_received.clear();
            if (whole.empty())
                return std::nullopt;
            return tests::parseResponse(whole);
        }
        bool isEnded()
        {
            (void)receive(1 + m_received.size());
            return m_ended;
        }

    private:
        Service &m_service;
        engine::NativeSocket m_socket;
        Message m_received;
        bool m_ended = false;
    };

private Q_SLOTS:
    void udp()
    {
        Service service;
        Client client(service, SOCK_DGRAM);
        client.send(makeQuery("www.example.org.", A));
        const auto response = client.receiveDatagram();
        QVERIFY(response && response->ok);
        QCOMPARE(response->answer.at(0), std::string("www.example.org. 300 1 c0000202"));
        client.send(makeQuery("large.example.org.", TXT, {.edns = 4096}));
        QVERIFY(client.receiveDatagram()->has(wire::kFlagTruncated));
        client.send(makeQuery("www.example.com.", A));
        QCOMPARE(client.receiveDatagram()->rcode, 5u);
        client.send(Message(5));
        QVERIFY(!client.receiveDatagram());

        QCOMPARE(service.traffic().udpQueries.value(), std::uint64_t{2});
        QCOMPARE(service.traffic().rcodes[0].value(), std::uint64_t{2});
        QCOMPARE(service.traffic().truncated.value(), std::uint64_t{1});
        QCOMPARE(service.outside->queries[0].rcodes[5].value(), std::uint64_t{1});
        QCOMPARE(service.outside->queries[0].dropped.value(), std::uint64_t{1});
        QCOMPARE(service.timed(), std::uint64_t{2});
    }

    void tcp()
    {
        Service service;
        Client client(service, SOCK_STREAM);
        for (int i = 0; i < 3; ++i) {
            client.send(framed(makeQuery("www.example.org.", A)));
            QCOMPARE(client.receiveFramed()->answer.size(), std::size_t{1});
        }
        // More than two answers of this size are in a block at no time.
        for (int i = 0; i < 5; ++i)
            client.send(framed(makeQuery("large.example.org.", TXT)));
        for (int i = 0; i < 5; ++i) {
            const auto large = client.receiveFramed();
            QVERIFY(large && large->ok && !large->has(wire::kFlagTruncated));
            QCOMPARE(large->answer.size(), std::size_t{200});
        }
        QCOMPARE(service.traffic().tcpQueries.value(), std::uint64_t{8});
        QCOMPARE(service.timed(), std::uint64_t{8});
        QCOMPARE(service.cell->open.load(), 1u);
    }

    void pipelinedAndInPieces()
    {
        Service service;
        Client client(service, SOCK_STREAM);
        Message all;
        for (int i = 0; i < 500; ++i) {
            const Message one = framed(makeQuery(i % 2 == 0 ? "www.example.org." : "none.example.org.", A));
            all.insert(all.end(), one.begin(), one.end());
        }
        for (std::size_t at = 0; at < all.size(); at += 7919)
            client.send(Message(all.begin() + static_cast<std::ptrdiff_t>(at),
                                all.begin() + static_cast<std::ptrdiff_t>(std::min(at + 7919, all.size()))));
        const Message last = framed(makeQuery("www.example.org.", A));
        for (const std::uint8_t octet : last)
            client.send({octet});
        client.finish();
        for (int i = 0; i < 501; ++i) {
            const auto response = client.receiveFramed();
            QVERIFY(response && response->ok);
            QCOMPARE(response->rcode, i % 2 == 0 ? 0u : 3u);
        }
        QVERIFY(client.isEnded());
        QCOMPARE(service.cell->open.load(), 0u);
    }

    void whatIsNoQueryEndsTheConnection()
    {
        Service service;
        for (const Message &garbage : {Message{0, 0}, Message{0, 11}, Message{0xff, 0xff, 1, 2}}) {
            Client client(service, SOCK_STREAM);
            client.send(framed(makeQuery("www.example.org.", A)));
            client.send(garbage);
            QVERIFY(client.receiveFramed());
            QVERIFY(client.isEnded());
        }
    }

    void slowClientsAreCut()
    {
        config::ListenerConfig config;
        config.tcpIdleTimeout = 150ms;
        Service service(config);
        Client idle(service, SOCK_STREAM);
        Client slow(service, SOCK_STREAM);
        const Message query = framed(makeQuery("www.example.org.", A));
        QElapsedTimer timer;
        timer.start();
        for (std::size_t i = 0; i + 1 < query.size() && timer.elapsed() < 400; ++i) {
            slow.send({query[i]});
            for (int turn = 0; turn < 5; ++turn)
                service.loop.turn(4ms);
        }
        QVERIFY(idle.isEnded());
        QVERIFY(slow.isEnded());
        QCOMPARE(service.cell->open.load(), 0u);
    }

    void connectionsAreLimited()
    {
        config::ListenerConfig config;
        config.maxConnections = 1;
        Service service(config);
        Client first(service, SOCK_STREAM);
        first.send(framed(makeQuery("www.example.org.", A)));
        QVERIFY(first.receiveFramed());
        Client second(service, SOCK_STREAM);
        QVERIFY(second.isEnded());
        QCOMPARE(service.cell->refused[0].value(), std::uint64_t{1});
    }

    void aPublishChangesAnswersAndFreesNothingHere()
    {
        Service service;
        Client client(service, SOCK_STREAM);
        client.send(framed(makeQuery("www.example.org.", A)));
        QCOMPARE(client.receiveFramed()->answer.at(0), std::string("www.example.org. 300 1 c0000202"));
        service.released.clear();
        auto next = zone("192.0.2.9");
        const std::weak_ptr<const snapshot::Zone> before =
            service.reader.current().dnsListeners.at("dns")->zones.find(wire::Name::parse("example.org.").value());
        service.publish(next);
        QVERIFY(!before.expired()); // it waits with those to be freed elsewhere
        service.released.clear();
        QVERIFY(before.expired());
        client.send(framed(makeQuery("www.example.org.", A)));
        QCOMPARE(client.receiveFramed()->answer.at(0), std::string("www.example.org. 300 1 c0000209"));
    }

    void listenersThatAreGoneDrain()
    {
        Service service;
        Client client(service, SOCK_STREAM);
        client.send(framed(makeQuery("www.example.org.", A)));
        QVERIFY(client.receiveFramed());
        Client late(service, SOCK_STREAM);
        Client datagram(service, SOCK_DGRAM);
        datagram.send(makeQuery("www.example.org.", A));
        service.unpublish();
        QVERIFY(datagram.receiveDatagram()); // had been sent before
        QVERIFY(client.isEnded());
        QVERIFY(late.isEnded());
        QCOMPARE(service.cell->accepted[0].value(), std::uint64_t{2});
    }
};

QTEST_APPLESS_MAIN(ServerTest)
#include "server_test.moc"
