// SPDX-License-Identifier: GPL-3.0-or-later
// Sockets are bound once, kept, extended and released; a port of another program is noticed.
#include "handover/listening_socket.h"
#include "handover/local_binder.h"
#include "handover/socket_binder.h"

#include <QTest>

#include <fcntl.h>
#include <fstream>
#include <linux/capability.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace mainstay;
using namespace mainstay::handover;

namespace {

ListenAddress at(Transport transport, const std::string &endpoint, std::string name = {})
{
    return {transport, Endpoint::parse(endpoint).value(), std::move(name)};
}

// A socket of another program, which shares its port as far as it can.
Descriptor stranger(Transport transport, const Endpoint &endpoint)
{
    return openListeningSocket(transport, endpoint).value();
}

int option(const Descriptor &socket, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    ::getsockopt(socket.number(), level, name, &value, &size);
    return value;
}

bool connects(const Endpoint &endpoint)
{
    const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(endpoint.port);
    std::memcpy(&in.sin_addr, endpoint.address.bytes.data(), sizeof in.sin_addr);
    return ::connect(socket.number(), reinterpret_cast<sockaddr *>(&in), sizeof in) == 0;
}

} // namespace

class SocketBinderTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void sockets_data()
    {
        QTest::addColumn<bool>("tcp");
        QTest::addColumn<QString>("endpoint");
        QTest::newRow("tcp v4") << true << QStringLiteral("127.0.0.1:0");
        QTest::newRow("udp v4") << false << QStringLiteral("127.0.0.1:0");
        QTest::newRow("tcp v6") << true << QStringLiteral("[::1]:0");
        QTest::newRow("udp v6") << false << QStringLiteral("[::1]:0");
    }
    void sockets()
    {
        QFETCH(bool, tcp);
        QFETCH(QString, endpoint);
        SocketBinder binder;
        const auto address = at(tcp ? Transport::tcp : Transport::udp, endpoint.toStdString());
        const auto *kept = binder.bind(address, 3).value();
        QCOMPARE(kept->sockets.size(), std::size_t(3));
        QVERIFY(kept->local.port != 0);
        for (const Descriptor &socket : kept->sockets) {
            QVERIFY(localEndpoint(socket).value() == kept->local);
            QVERIFY(::fcntl(socket.number(), F_GETFL) & O_NONBLOCK);
            QVERIFY(::fcntl(socket.number(), F_GETFD) & FD_CLOEXEC);
            QCOMPARE(option(socket, SOL_SOCKET, SO_REUSEPORT), 1);
            QCOMPARE(option(socket, SOL_SOCKET, SO_ACCEPTCONN), tcp ? 1 : 0);
            if (tcp)
                QCOMPARE(option(socket, IPPROTO_TCP, TCP_NODELAY), 1); // inherited by what it accepts
            if (kept->local.address.family == IpAddress::Family::v6)
                QCOMPARE(option(socket, IPPROTO_IPV6, IPV6_V6ONLY), 1);
        }
    }

    void theSameSocketsAgain()
    {
        SocketBinder binder;
        const auto address = at(Transport::tcp, "127.0.0.1:0", "listener.web");
        const auto *first = binder.bind(address, 2).value();
        const std::vector<int> numbers{first->sockets[0].number(), first->sockets[1].number()};
        const Endpoint local = first->local;

        const auto *fewer = binder.bind(address, 1).value();
        QCOMPARE(fewer->sockets.size(), std::size_t(2));
        QCOMPARE(fewer->sockets[0].number(), numbers[0]);

        const auto *more = binder.bind(address, 5).value();
        QCOMPARE(more->sockets.size(), std::size_t(5));
        QCOMPARE(more->sockets[1].number(), numbers[1]);
        QVERIFY(more->local == local);

        const auto *other = binder.bind(at(Transport::tcp, "127.0.0.1:0", "listener.other"), 1).value();
        QVERIFY(!(other->local == local));
    }

    void aPortOfAnotherProgramIsRefused_data()
    {
        QTest::addColumn<bool>("tcp");
        QTest::newRow("tcp") << true;
        QTest::newRow("udp") << false;
    }
    void aPortOfAnotherProgramIsRefused()
    {
        QFETCH(bool, tcp);
        const Transport transport = tcp ? Transport::tcp : Transport::udp;
        // SO_REUSEPORT and the same user: only the probe can notice.
        const auto free = probeAddress(transport, Endpoint::parse("127.0.0.1:0").value()).value();
        const Descriptor theirs = stranger(transport, free);
        SocketBinder binder;
        const auto refused = binder.bind({transport, free, {}}, 2);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, std::string("socket.address-in-use"));
        QCOMPARE(refused.error().message, free.text() + ": address already in use by another program");
        QVERIFY(!refused.error().remedy.empty());
    }

    void aFailedAddressCanBeBoundLater()
    {
        const auto free = probeAddress(Transport::tcp, Endpoint::parse("127.0.0.1:0").value()).value();
        SocketBinder binder;
        {
            const Descriptor theirs = stranger(Transport::tcp, free);
            QVERIFY(!binder.bind({Transport::tcp, free, {}}, 1));
        }
        QVERIFY(binder.bind({Transport::tcp, free, {}}, 1).has_value());
    }

    void aPrivilegedPortNeedsTheCapability()
    {
        std::ifstream setting("/proc/sys/net/ipv4/ip_unprivileged_port_start");
        int firstOpenPort = 1024;
        setting >> firstOpenPort;
        // Root without the capability is refused like anybody.
        __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
        std::array<__user_cap_data_struct, 2> had{};
        QCOMPARE(::syscall(SYS_capget, &header, had.data()), 0L);
        auto without = had;
        without[0].effective &= ~(1U << CAP_NET_BIND_SERVICE);
        QCOMPARE(::syscall(SYS_capset, &header, without.data()), 0L);
        SocketBinder binder;
        const auto bound = binder.bind(at(Transport::tcp, "127.0.0.1:1"), 1);
        QCOMPARE(::syscall(SYS_capset, &header, had.data()), 0L);
        QCOMPARE(bound.has_value(), firstOpenPort <= 1);
        if (!bound) {
            QCOMPARE(bound.error().code, std::string("socket.permission-denied"));
            QCOMPARE(bound.error().message, std::string("127.0.0.1:1: permission denied for port 1"));
        }
    }

    void anAddressOfNoInterface()
    {
        SocketBinder binder;
        const auto refused = binder.bind(at(Transport::tcp, "192.0.2.1:8080"), 1);
        QCOMPARE(refused.error().code, std::string("socket.address-not-available"));
    }

    // From every address to one, and back, without a moment in which the port is closed.
    void ourOwnWildcardIsNotInTheWay()
    {
        SocketBinder binder;
        const auto *everywhere = binder.bind(at(Transport::tcp, "0.0.0.0:0"), 2).value();
        const std::string port = std::to_string(everywhere->local.port);
        const auto *narrow = binder.bind(at(Transport::tcp, "127.0.0.1:" + port), 2).value();
        QCOMPARE(narrow->local.text(), "127.0.0.1:" + port);
        QVERIFY(binder.release(at(Transport::tcp, "0.0.0.0:0")));
        QVERIFY(connects(narrow->local));
    }

    void releasedIsClosed()
    {
        SocketBinder binder;
        const auto address = at(Transport::tcp, "127.0.0.1:0");
        const Endpoint local = binder.bind(address, 2).value()->local;
        QVERIFY(connects(local));
        QVERIFY(binder.release(address));
        QVERIFY(!connects(local));
        QVERIFY(!binder.release(address));
    }

    void releaseIfNamesWhatItReleased()
    {
        SocketBinder binder;
        const auto web = at(Transport::tcp, "127.0.0.1:0", "web");
        const auto dns = at(Transport::udp, "127.0.0.1:0", "dns");
        QVERIFY(binder.bind(web, 1).has_value());
        const Endpoint local = binder.bind(dns, 1).value()->local;
        const auto released = binder.releaseIf([&](const ListenAddress &address) { return !(address == web); });
        QCOMPARE(released.size(), std::size_t(1));
        QVERIFY(released[0] == (ListenAddress{Transport::udp, local, "dns"}));
        QVERIFY(binder.release(web));
    }

    void localBinderGivesCopies()
    {
        LocalBinder binder;
        const auto address = at(Transport::tcp, "127.0.0.1:0");
        Endpoint local;
        {
            const auto bound = binder.bind(address, 2).value();
            QCOMPARE(bound.sockets.size(), std::size_t(2));
            local = bound.local;
        }
        QVERIFY(connects(local)); // kept
        QVERIFY(binder.bind(address, 2).value().local == local);
        binder.release(address);
        QVERIFY(!connects(local));
    }
};

QTEST_APPLESS_MAIN(SocketBinderTest)
#include "socket_binder_test.moc"
