// SPDX-License-Identifier: GPL-3.0-or-later
// Addresses are bound before a change, served after it, kept while they are wanted and given up when they are not.
#include "control/listening_sockets.h"

#include "control_fixture.h"
#include "handover/local_binder.h"

#include <QTcpServer>

using namespace mainstay;
using namespace mainstay::control;

namespace {

// Notes what it is asked for.
class NotingSource final : public handover::SocketSource {
public:
    Result<handover::BoundSockets> bind(const handover::ListenAddress &address, std::uint16_t count) override
    {
        binds.push_back(address.name);
        counts.push_back(count);
        return m_binder.bind(address, count);
    }
    void release(const handover::ListenAddress &address) override
    {
        releases.push_back(address.name);
        m_binder.release(address);
    }

    std::vector<std::string> binds;
    std::vector<std::uint16_t> counts;
    std::vector<std::string> releases;

private:
    handover::LocalBinder m_binder;
};

using Names = std::vector<std::string>;

std::string listener(const std::string &name, const std::string &address = "127.0.0.1:0", const char *protocol = "http")
{
    return "[listener." + name + "]\naddress = [\"" + address + "\"]\nprotocol = \"" + protocol + "\"\n";
}

bool connects(std::uint16_t port)
{
    QTcpSocket socket;
    socket.connectToHost(QStringLiteral("127.0.0.1"), port);
    return socket.waitForConnected(5000);
}

} // namespace

class ListeningSocketsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_workers = std::make_unique<tests::Workers>();
        m_source = std::make_unique<NotingSource>();
        m_sockets = std::make_unique<ListeningSockets>(*m_source, m_workers->planes);
    }
    void cleanup()
    {
        m_workers.reset();
        m_sockets.reset();
        m_source.reset();
    }

    void servesAfterCommit()
    {
        QVERIFY(prepare(listener("web")).empty());
        QCOMPARE(m_source->binds, Names{"listener.web"});
        QCOMPARE(m_source->counts.front(), std::uint16_t(2)); // one for each worker
        QVERIFY(!local("web"));
        m_sockets->commit();
        const auto place = local("web");
        QVERIFY(place && place->port != 0);
        QVERIFY(connects(place->port));
    }

    void checkKeepsNothing()
    {
        const std::string address = freeAddress();
        change(listener("web", address));
        m_source->binds.clear();
        const std::string other = freeAddress();
        QVERIFY(check(listener("front", address) + listener("other", other)).empty());
        QCOMPARE(m_source->binds, Names{"listener.other"}); // the other is in use, by ourselves
        QCOMPARE(m_source->releases, Names{"listener.other"});
        QVERIFY(local("web", address) && !local("other", other));

        QTcpServer taken;
        QVERIFY(taken.listen(QHostAddress::LocalHost));
        const Problems problems = check(listener("third", "127.0.0.1:" + std::to_string(taken.serverPort())));
        QCOMPARE(problems.size(), std::size_t(1));
        QCOMPARE(problems[0].code, std::string("socket.address-in-use"));
        QCOMPARE(problems[0].path, std::string("listener.third.address"));
    }

    void keptWhileWanted()
    {
        change(listener("web") + listener("other"));
        const auto web = local("web");
        change(listener("web") + "idle_timeout = \"1s\"\n" + listener("third"));
        QCOMPARE(m_source->binds, (Names{"listener.other", "listener.web", "listener.third"}));
        QVERIFY(local("web") == web);
        QVERIFY(local("third") && !local("other"));
        QTRY_COMPARE_WITH_TIMEOUT(m_source->releases, Names{"listener.other"}, tests::kPatience);
        QVERIFY(connects(web->port));
    }

    void givenUpWhenNotWanted()
    {
        change(listener("web"));
        const std::uint16_t port = local("web")->port;
        change("");
        QTRY_COMPARE_WITH_TIMEOUT(m_source->releases, Names{"listener.web"}, tests::kPatience);
        QVERIFY(!connects(port));
        change(listener("web", "127.0.0.1:" + std::to_string(port)));
        QVERIFY(connects(port));
    }

    // The sockets of an address go from one listener to another without being closed.
    void renamedListenerKeepsItsSockets()
    {
        const std::string address = freeAddress();
        change(listener("web", address));
        change(listener("front", address));
        QVERIFY(local("front", address) && !local("web", address));
        QTest::qWait(200);
        QVERIFY(m_source->releases.empty());
        QVERIFY(connects(local("front", address)->port));
    }

    void takenBackBeforeItWasGivenUp()
    {
        const std::string address = freeAddress();
        change(listener("web", address));
        change("");
        change(listener("web", address)); // the workers have not stopped yet
        QTest::qWait(200);
        QVERIFY(m_source->releases.empty());
        QVERIFY(connects(local("web", address)->port));
    }

    void anotherProtocolOnThePort()
    {
        const std::string address = freeAddress();
        change(listener("x", address));
        change(listener("x", address, "dns"));
        const auto endpoint = *Endpoint::parse(address);
        QVERIFY(m_sockets->local({Plane::dnsUdp, "x", endpoint}));
        QVERIFY(m_sockets->local({Plane::dnsTcp, "x", endpoint}));
        QVERIFY(!m_sockets->local({Plane::http, "x", endpoint}));
        QVERIFY(connects(endpoint.port));
    }

    // What cannot be bound is named with its place, and what could be is not kept.
    void portInUse()
    {
        handover::LocalBinder stranger;
        const auto taken = stranger.bind({handover::Transport::tcp, *Endpoint::parse("127.0.0.1:0"), ""}, 1).value();
        const Problems problems = prepare(listener("a.b", taken.local.text()) + listener("good"));
        QCOMPARE(problems.size(), std::size_t(1));
        QCOMPARE(problems[0].code, std::string("socket.address-in-use"));
        QCOMPARE(problems[0].path, std::string("listener.\"a.b\".address"));
        QCOMPARE(problems[0].source.text(), std::string("/etc/mainstay/mainstay.toml:2"));
        QVERIFY(problems[0].message.find(taken.local.text()) != std::string::npos);
        m_sockets->abandon();
        QCOMPARE(m_source->releases, Names{"listener.good"});
        QVERIFY(!local("good"));
    }

    void abandonKeepsWhatIsServed()
    {
        const std::string address = freeAddress();
        change(listener("web", address));
        QVERIFY(prepare(listener("front", address) + listener("new")).empty());
        m_sockets->abandon();
        QCOMPARE(m_source->releases, Names{"listener.new"});
        QVERIFY(connects(local("web", address)->port));
        // The next change is not taken in by what the refused one wanted.
        change(listener("web", address));
        QVERIFY(connects(local("web", address)->port));
    }

private:
    // The text has "[listener.NAME]" with quotes where TOML wants them.
    Problems prepare(std::string text)
    {
        if (const auto at = text.find("listener.a.b"); at != std::string::npos)
            text.replace(at, 12, "listener.\"a.b\"");
        const schema::Loaded loaded = tests::loaded(text);
        if (hasErrors(loaded.problems))
            qFatal("%s", tests::textOf(loaded.problems).c_str());
        return m_sockets->prepare(loaded.configuration, loaded.origins);
    }
    Problems check(const std::string &text)
    {
        const schema::Loaded loaded = tests::loaded(text);
        return m_sockets->check(loaded.configuration, loaded.origins);
    }
    void change(const std::string &text)
    {
        if (const Problems problems = prepare(text); !problems.empty())
            qFatal("%s", tests::textOf(problems).c_str());
        m_sockets->commit();
    }
    std::optional<Endpoint> local(const std::string &name, const std::string &address = "127.0.0.1:0") const
    {
        return m_sockets->local({Plane::http, name, *Endpoint::parse(address)});
    }
    static std::string freeAddress()
    {
        handover::LocalBinder binder;
        const handover::ListenAddress any{handover::Transport::tcp, *Endpoint::parse("127.0.0.1:0"), ""};
        return binder.bind(any, 1).value().local.text();
    }

    std::unique_ptr<tests::Workers> m_workers;
    std::unique_ptr<NotingSource> m_source;
    std::unique_ptr<ListeningSockets> m_sockets;
};

QTEST_GUILESS_MAIN(ListeningSocketsTest)
#include "listening_sockets_test.moc"
