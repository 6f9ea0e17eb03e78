// SPDX-License-Identifier: GPL-3.0-or-later
// Instances of apps, played by small servers, are asked for their pools; what they may do wrong does no harm.
#include "control/app_pools.h"

#include "control_fixture.h"

#include <QTcpServer>

using namespace mainstay;
using namespace mainstay::control;

namespace {

// Answers every connection with the same bytes, and keeps what it was asked.
class Instance : public QTcpServer {
public:
    explicit Instance(QByteArray answer, bool closes = true)
    {
        if (!listen(QHostAddress::LocalHost))
            qFatal("cannot listen");
        connect(this, &QTcpServer::newConnection, this, [this, answer = std::move(answer), closes] {
            ++connections;
            QTcpSocket *socket = nextPendingConnection();
            connect(socket, &QTcpSocket::disconnected, this, [this] { ++ended; });
            connect(socket, &QTcpSocket::readyRead, socket, [this, socket, answer, closes] {
                asked += socket->readAll();
                if (!asked.endsWith("\r\n\r\n"))
                    return;
                socket->write(answer);
                if (closes)
                    socket->disconnectFromHost();
            });
        });
    }

    [[nodiscard]] PoolUser user(const std::string &name, const std::string &database = "main") const
    {
        return {name, "1.1", database, Endpoint::parse("127.0.0.1:" + std::to_string(serverPort())).value(), "secret"};
    }

    QByteArray asked;
    int connections = 0;
    int ended = 0;
};

QByteArray answerOf(const QByteArray &body)
{
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + body;
}

const QByteArray kGood = answerOf(R"({"user":"me","open":2,"in_use":1,"limit":8,"statements":42,"later":true})");

} // namespace

class AppPoolsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void tellsWhatInstancesTell()
    {
        Instance shop(kGood);
        Instance other(kGood);
        std::vector<PoolUser> users{shop.user("shop"), other.user("other", "stock")};
        AppPools pools([&] { return users; });
        QVERIFY(pools.of("main").empty());
        pools.ask();
        QTRY_COMPARE(pools.of("main").size(), std::size_t(1));
        QTRY_COMPARE(pools.of("stock").size(), std::size_t(1));
        const rpc::DatabasePool pool = pools.of("main").front();
        QCOMPARE(pool.user, std::string("app shop.1.1"));
        QCOMPARE(pool.statements, std::uint64_t(42));
        QCOMPARE(pool.limit, 8U);
        QVERIFY(shop.asked.startsWith("GET /.mainstay/status HTTP/1.1\r\n"));
        QVERIFY(shop.asked.contains("\r\nMainstay-Token: secret\r\n"));

        users.pop_back(); // it is gone, and so is what it told
        QVERIFY(pools.of("stock").empty());
        pools.ask();
        users.push_back(other.user("other", "stock"));
        QVERIFY(pools.of("stock").empty());
    }

    void asksAgainAndAgain()
    {
        Instance shop(kGood);
        const AppPools pools([&] { return std::vector{shop.user("shop")}; });
        QTRY_VERIFY_WITH_TIMEOUT(shop.connections >= 2, 3 * AppPools::kAskEvery.count());
    }

    void badAnswers_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<bool>("closes");
        QTest::newRow("refused") << QByteArray("HTTP/1.1 403 Forbidden\r\n\r\n{}") << true;
        QTest::newRow("no head") << QByteArray("{}") << true;
        QTest::newRow("nothing") << QByteArray() << true;
        QTest::newRow("no JSON") << answerOf("{\"open\":") << true;
        QTest::newRow("a list") << answerOf("[]") << true;
        QTest::newRow("other types") << answerOf(R"({"statements":"many"})") << true;
        QTest::newRow("negative") << answerOf(R"({"open":-1})") << true;
        QTest::newRow("too long") << answerOf(kGood + QByteArray(10 << 20, ' ')) << false;
        QTest::newRow("without end") << kGood << false;
        QTest::newRow("deep") << answerOf(QByteArray(10'000, '[')) << true;
    }
    void badAnswers()
    {
        QFETCH(const QByteArray, answer);
        QFETCH(const bool, closes);
        Instance bad(answer, closes);
        Instance good(kGood);
        AppPools pools([&] { return std::vector{bad.user("bad"), good.user("good")}; });
        pools.ask();
        pools.ask(); // which does not ask twice
        QTRY_COMPARE(pools.of("main").size(), std::size_t(1));
        QVERIFY(bad.connections <= 1);
        QTRY_VERIFY_WITH_TIMEOUT(bad.ended >= 1, 2 * AppPools::kPatience.count());
        QCOMPARE(pools.of("main").size(), std::size_t(1));
        QCOMPARE(pools.of("main").front().user, std::string("app good.1.1"));
    }

    void forgetsWhatNoLongerAnswers()
    {
        auto shop = std::make_unique<Instance>(kGood);
        const PoolUser user = shop->user("shop");
        AppPools pools([&] { return std::vector{user}; });
        pools.ask();
        QTRY_COMPARE(pools.of("main").size(), std::size_t(1));
        shop.reset();
        QTRY_COMPARE_WITH_TIMEOUT(pools.of("main").size(), std::size_t(0), 3 * AppPools::kAskEvery.count());
    }

    void endsWhileItAsks()
    {
        Instance silent("", false);
        {
            AppPools pools([&] { return std::vector{silent.user("shop")}; });
            pools.ask();
            QTRY_COMPARE(silent.connections, 1);
        }
        QTRY_COMPARE(silent.ended, 1);
    }
};

QTEST_GUILESS_MAIN(AppPoolsTest)

#include "app_pools_test.moc"
