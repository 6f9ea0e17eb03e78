// SPDX-License-Identifier: GPL-3.0-or-later
// mainstayd keeps listening sockets over the deaths of its core.
#include "mainstayd_fixture.h"

#include <QTcpServer>
#include <QTcpSocket>
#include <QUdpSocket>

using namespace mainstay::guard::testing;

namespace {

constexpr int kPatience = 20'000;

// The process id that the fake core answers with, 0 when nobody answers.
qint64 answerOf(QTcpSocket &connection)
{
    while (!connection.canReadLine()) {
        if (!connection.waitForReadyRead(kPatience))
            return 0;
    }
    return connection.readLine().trimmed().toLongLong();
}

qint64 ask(quint16 port)
{
    QTcpSocket connection;
    connection.connectToHost(QHostAddress::LocalHost, port);
    return connection.waitForConnected(kPatience) ? answerOf(connection) : 0;
}

} // namespace

class MainstaydSocketsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void connectionsOfADeadCoreAreAnsweredByTheNext()
    {
        Surroundings surroundings;
        surroundings.setScript({QStringLiteral("bind tcp 127.0.0.1:0 web 3"),
                                QStringLiteral("bind udp 127.0.0.1:0 dns 2"), QStringLiteral("ready"),
                                QStringLiteral("serve POLITE")});
        Mainstayd daemon(surroundings);
        daemon.start();
        const auto port = daemon.waitFor(QStringLiteral("^core: bound tcp 127.0.0.1:(\\d+) 3$")).toUShort();
        const auto udpPort = daemon.waitFor(QStringLiteral("^core: bound udp 127.0.0.1:(\\d+) 2$")).toUShort();
        QVERIFY(port != 0 && udpPort != 0);
        QVERIFY(daemon.becomesReady());
        const qint64 first = ask(port);
        QVERIFY(first > 0);

        // Made while the core accepts nothing, over all of its sockets, and then it dies.
        ::kill(static_cast<pid_t>(first), SIGSTOP);
        std::vector<std::unique_ptr<QTcpSocket>> connections;
        std::vector<std::unique_ptr<QUdpSocket>> datagrams;
        for (int i = 0; i < 50; ++i) {
            connections.push_back(std::make_unique<QTcpSocket>());
            connections.back()->connectToHost(QHostAddress::LocalHost, port);
            QVERIFY(connections.back()->waitForConnected(kPatience));
            datagrams.push_back(std::make_unique<QUdpSocket>());
            QCOMPARE(datagrams.back()->writeDatagram("?", 1, QHostAddress::LocalHost, udpPort), qint64(1));
        }
        ::kill(static_cast<pid_t>(first), SIGKILL);

        const qint64 second = ask(port);
        QVERIFY(second > 0 && second != first);
        for (const auto &connection : connections)
            QCOMPARE(answerOf(*connection), second);
        for (const auto &datagram : datagrams) {
            QVERIFY(datagram->hasPendingDatagrams() || datagram->waitForReadyRead(kPatience));
            QByteArray answer(32, '\0');
            answer.truncate(datagram->readDatagram(answer.data(), answer.size()));
            QCOMPARE(answer.trimmed().toLongLong(), second);
        }
        QVERIFY(!daemon.waitFor(QStringLiteral("core \\(process \\d+\\) was ended by signal 9 .*started again at once"))
                     .isEmpty());
    }

    void aCoreOfFewerWorkersIsGivenEverySocket()
    {
        Surroundings surroundings;
        const QString mark = surroundings.state() + QStringLiteral("/first");
        const QString crash = surroundings.state() + QStringLiteral("/crash");
        surroundings.setScript(
            {QStringLiteral("once %1 bind tcp 127.0.0.1:0 web 5").arg(mark), QStringLiteral("once %1 abort").arg(crash),
             QStringLiteral("bind tcp 127.0.0.1:0 web 2"), QStringLiteral("ready"), QStringLiteral("serve POLITE")});
        Mainstayd daemon(surroundings);
        daemon.start();
        const QString port = daemon.waitFor(QStringLiteral("^core: bound tcp 127.0.0.1:(\\d+) 5$"));
        QVERIFY(!port.isEmpty());
        QVERIFY(!daemon.waitFor(QStringLiteral("^core: bound tcp 127.0.0.1:%1 5$").arg(port)).isEmpty());
        for (int i = 0; i < 20; ++i)
            QVERIFY(ask(port.toUShort()) > 0);
    }

    void aPortInUseIsOneLineAndTheRestGoesOn()
    {
        QTcpServer other;
        QVERIFY(other.listen(QHostAddress::LocalHost));
        const QString taken = QStringLiteral("127.0.0.1:%1").arg(other.serverPort());
        Surroundings surroundings;
        surroundings.setScript({QStringLiteral("bind tcp %1 web 2").arg(taken),
                                QStringLiteral("bind tcp 127.0.0.1:0 other 2"), QStringLiteral("ready"),
                                QStringLiteral("serve POLITE")});
        Mainstayd daemon(surroundings);
        daemon.start();
        QVERIFY(!daemon
                     .waitFor(QStringLiteral("^core: failed %1: address already in use by another program: stop it or "
                                             "choose another port")
                                  .arg(taken))
                     .isEmpty());
        const auto port = daemon.waitFor(QStringLiteral("^core: bound tcp 127.0.0.1:(\\d+) 2$")).toUShort();
        QVERIFY(ask(port) > 0);
    }

    void whatTheNextCoreDoesNotWantIsClosed()
    {
        Surroundings surroundings;
        const QString mark = surroundings.state() + QStringLiteral("/first");
        const QString crash = surroundings.state() + QStringLiteral("/crash");
        surroundings.setScript({QStringLiteral("bind tcp 127.0.0.1:0 web 1"),
                                QStringLiteral("once %1 bind tcp 127.0.0.1:0 old 1").arg(mark),
                                QStringLiteral("once %1 abort").arg(crash), QStringLiteral("ready"),
                                QStringLiteral("serve POLITE")});
        Mainstayd daemon(surroundings);
        daemon.start();
        const auto kept = daemon.waitFor(QStringLiteral("^core: bound tcp 127.0.0.1:(\\d+) 1$"));
        const auto old = daemon.waitFor(QStringLiteral("^core: bound tcp 127.0.0.1:(\\d+) 1$"));
        QVERIFY(
            !daemon.waitFor(QStringLiteral("^mainstayd: closed tcp 127.0.0.1:%1, which is no longer wanted$").arg(old))
                 .isEmpty());
        QVERIFY(ask(kept.toUShort()) > 0);
        QTcpSocket connection;
        connection.connectToHost(QHostAddress::LocalHost, old.toUShort());
        QVERIFY(!connection.waitForConnected(kPatience));
        QCOMPARE(connection.error(), QAbstractSocket::ConnectionRefusedError);
    }

    void releasedIsClosed()
    {
        Surroundings surroundings;
        surroundings.setScript(
            {QStringLiteral("bind tcp 127.0.0.1:0 web 2"), QStringLiteral("release tcp 127.0.0.1:0 web"),
             QStringLiteral("bind tcp 127.0.0.1:0 other 1"), QStringLiteral("ready"), QStringLiteral("serve POLITE")});
        Mainstayd daemon(surroundings);
        daemon.start();
        const auto port = daemon.waitFor(QStringLiteral("^core: bound tcp 127.0.0.1:(\\d+) 2$")).toUShort();
        QVERIFY(daemon.becomesReady());
        QTcpSocket connection;
        connection.connectToHost(QHostAddress::LocalHost, port);
        QVERIFY(!connection.waitForConnected(kPatience));
    }
};

QTEST_GUILESS_MAIN(MainstaydSocketsTest)
#include "mainstayd_sockets_test.moc"
