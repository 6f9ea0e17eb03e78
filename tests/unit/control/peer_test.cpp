// SPDX-License-Identifier: GPL-3.0-or-later
// Who may do what, as a table; and who the kernel says we are.
#include "control/peer.h"
#include "rpc/methods.h"

#include <QTest>

#include <sys/socket.h>
#include <unistd.h>

using namespace mainstay;
using control::Peer;
using control::PeerPolicy;
using rpc::Access;

class PeerTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void access_data();
    void access();
    void noGroupsOnThisMachine();
    void refusalNamesTheGroupThatHelps();
    void peerOfASocketPair();
    void noSocket();
    void names();
};

void PeerTest::access_data()
{
    QTest::addColumn<uint>("uid");
    QTest::addColumn<QList<uint>>("groups");
    QTest::addColumn<int>("access");
    const auto row = [](const char *name, uint uid, QList<uint> groups, Access access) {
        QTest::newRow(name) << uid << groups << static_cast<int>(access);
    };
    row("root", 0, {0}, Access::change);
    row("the service's own user", 990, {990}, Access::change);
    row("group mainstay, primary", 1000, {20}, Access::change);
    row("group mainstay, among others", 1000, {1000, 4, 20}, Access::change);
    row("group mainstay-view", 1000, {1000, 21}, Access::look);
    row("both groups", 1000, {21, 20}, Access::change);
    row("somebody", 1000, {1000, 4, 0}, Access::none);
    row("no groups at all", 1000, {}, Access::none);
    row("uid that is the group's number", 20, {1000}, Access::none);
}

void PeerTest::access()
{
    QFETCH(uint, uid);
    QFETCH(QList<uint>, groups);
    QFETCH(int, access);
    const PeerPolicy policy{.serviceUid = 990, .changeGroup = 20, .viewGroup = 21};
    const Peer peer{uid, {groups.begin(), groups.end()}, 1};
    QCOMPARE(static_cast<int>(policy.accessOf(peer)), access);
}

void PeerTest::noGroupsOnThisMachine()
{
    const PeerPolicy policy{.serviceUid = 990, .changeGroup = {}, .viewGroup = {}};
    QCOMPARE(policy.accessOf({1000, {0, 1000}, 1}), Access::none);
    QCOMPARE(policy.accessOf({990, {0, 1000}, 1}), Access::change);
}

void PeerTest::refusalNamesTheGroupThatHelps()
{
    const Error change = control::accessDenied("eve", rpc::SetServerState::kMethod);
    QCOMPARE(change.code, std::string("rpc.access-denied"));
    QVERIFY(change.message.find("eve may not change") != std::string::npos);
    QVERIFY(change.remedy.find("usermod -aG mainstay eve") != std::string::npos);
    const Error look = control::accessDenied("eve", rpc::GetStatus::kMethod);
    QVERIFY(look.remedy.find("usermod -aG mainstay-view eve") != std::string::npos);
}

void PeerTest::peerOfASocketPair()
{
    int ends[2];
    QCOMPARE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    const auto peer = control::peerOf(ends[0]);
    QVERIFY(peer);
    QCOMPARE(peer->uid, geteuid());
    QCOMPARE(peer->pid, std::int64_t(getpid()));
    QVERIFY(std::find(peer->groups.begin(), peer->groups.end(), getegid()) != peer->groups.end());
    std::vector<gid_t> supplementary(static_cast<std::size_t>(getgroups(0, nullptr)));
    QVERIFY(getgroups(static_cast<int>(supplementary.size()), supplementary.data()) >= 0);
    for (const gid_t group : supplementary)
        QVERIFY(std::find(peer->groups.begin(), peer->groups.end(), group) != peer->groups.end());
    close(ends[0]);
    close(ends[1]);
}

void PeerTest::noSocket()
{
    const auto peer = control::peerOf(-1);
    QVERIFY(!peer);
    QCOMPARE(peer.error().code, std::string("peer.unknown"));
}

void PeerTest::names()
{
    QCOMPARE(control::userName(0), std::string("root"));
    QCOMPARE(control::userName(4'000'000'001), std::string("4000000001"));
}

QTEST_APPLESS_MAIN(PeerTest)
#include "peer_test.moc"
