// SPDX-License-Identifier: GPL-3.0-or-later
// Rates between two samples.
#include "cli/top_view.h"

#include <QTest>

using namespace mainstay;
using cli::topLines;
using cli::topView;
using cli::TopView;

namespace {

rpc::MetricsSample sample(double cpu, std::uint64_t requests, std::uint64_t queries)
{
    rpc::MetricsSample sample;
    sample.interval = Milliseconds(2000);
    sample.process.cpuSeconds = cpu;
    rpc::SiteMetrics site;
    site.name = "shop";
    site.requests = requests;
    site.status5xx = requests / 100;
    site.latency.interval = {100, 800, 1500, 20'000};
    sample.sites.push_back(site);
    rpc::BackendMetrics backend;
    backend.name = "app";
    rpc::ServerMetrics server;
    server.name = "a";
    server.requests = requests;
    backend.servers.push_back(server);
    sample.backends.push_back(backend);
    sample.dns.queries = queries;
    return sample;
}

rpc::Status status()
{
    rpc::Status status;
    status.version = "9.8.7";
    status.state = rpc::ServiceState::serving;
    rpc::BackendStatus backend;
    backend.name = "app";
    for (const char *name : {"a", "b"}) {
        rpc::ServerStatus server;
        server.name = name;
        backend.servers.push_back(server);
    }
    backend.servers[1].overrideState = rpc::ServerState::drain;
    status.backends.push_back(backend);
    return status;
}

} // namespace

class TopViewTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void rates();
    void aNewSiteCountsFromZero();
    void aRestartedCoreCountsFromZero();
    void noInterval();
    void lines();
};

void TopViewTest::rates()
{
    const TopView view = topView(status(), sample(10, 1000, 50), sample(11, 3000, 250));
    QCOMPARE(view.seconds, 2.0);
    QCOMPARE(view.cpuPercent, 50.0);
    QCOMPARE(view.sites.size(), std::size_t(1));
    QCOMPARE(view.sites[0].requests, 1000.0);
    QCOMPARE(view.sites[0].status5xx, 10.0);
    QCOMPARE(view.sites[0].latency.p99, std::uint64_t(20'000));
    QCOMPARE(view.dns.queries, 100.0);
    QCOMPARE(view.servers.size(), std::size_t(2));
    QCOMPARE(view.servers[0].requests, 1000.0);
    QCOMPARE(view.servers[1].requests, 0.0); // not counted yet
}

void TopViewTest::aNewSiteCountsFromZero()
{
    rpc::MetricsSample before = sample(10, 0, 0);
    before.sites.clear();
    QCOMPARE(topView(status(), before, sample(10, 500, 0)).sites[0].requests, 250.0);
}

void TopViewTest::aRestartedCoreCountsFromZero()
{
    const TopView view = topView(status(), sample(100, 1'000'000, 9), sample(1, 500, 4));
    QCOMPARE(view.sites[0].requests, 250.0);
    QCOMPARE(view.dns.queries, 2.0);
    QCOMPARE(view.cpuPercent, 0.0);
}

void TopViewTest::noInterval()
{
    rpc::MetricsSample now = sample(11, 500, 4);
    now.interval = Milliseconds(0);
    const TopView view = topView(status(), sample(10, 0, 0), now);
    QCOMPARE(view.sites[0].requests, 0.0);
    QCOMPARE(view.cpuPercent, 0.0);
}

void TopViewTest::lines()
{
    const QStringList lines = topLines(topView(status(), sample(10, 1000, 50), sample(11, 3000, 250)), false);
    const auto lineWith = [&](const char *text) { return lines.filter(QLatin1String(text)).join(QLatin1Char('|')); };
    QVERIFY(lines[0].contains(QStringLiteral("9.8.7")));
    QVERIFY(lines[0].contains(QStringLiteral("serving")));
    QVERIFY(lines[1].contains(QStringLiteral("cpu 50.0 %")));
    QVERIFY(lineWith("shop").contains(QStringLiteral("1.00k")));
    QVERIFY(lineWith("shop").contains(QStringLiteral("20.0 ms")));
    QVERIFY(lineWith("app/b").contains(QStringLiteral("drain (configured: ready)")));
    QVERIFY(lineWith("all").contains(QStringLiteral("100")));
}

QTEST_APPLESS_MAIN(TopViewTest)
#include "top_view_test.moc"
