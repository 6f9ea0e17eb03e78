// SPDX-License-Identifier: GPL-3.0-or-later
// What a status becomes in the tables.
#include "models/app_rows.h"
#include "models/backend_rows.h"
#include "models/database_rows.h"
#include "models/problem_rows.h"
#include "models/site_rows.h"
#include "models/words.h"
#include "models/zone_rows.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace mainstay;
using models::Row;
using models::Tone;

namespace {

const WallTime kNow{Seconds(1'700'000'000)};

QString cell(const Row &row, std::size_t column)
{
    return row.cells[column].text;
}

rpc::Status backendStatus()
{
    rpc::ServerStatus up;
    up.name = "a";
    up.health = rpc::ServerHealth::up;
    up.lastCheck = kNow - Seconds(3);
    up.lastCheckReason = "status 200 in 1 ms";
    rpc::ServerStatus down = up;
    down.name = "b";
    down.health = rpc::ServerHealth::down;
    down.lastCheckReason = "connection refused";
    rpc::ServerStatus drained = up;
    drained.name = "c";
    drained.overrideState = rpc::ServerState::drain;
    rpc::Status status;
    status.backends.push_back({"app", "round_robin", {up, down, drained}});
    return status;
}

} // namespace

class RowsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void columnsMatchCells();
    void backends();
    void apps();
    void cpuUsage();
    void databases();
    void sites();
    void zones();
    void problems();
    void words();
};

void RowsTest::columnsMatchCells()
{
    rpc::Status status = backendStatus();
    status.apps.push_back({"web", "program", "node", 1, 0, false, "", {{}}});
    status.databases.push_back({});
    status.databases[0].pools.push_back({});
    status.sites.push_back({"shop", {"*"}, {}, true, ""});
    status.listeners.push_back({"web", "0.0.0.0:80", "http", true, ""});
    status.zones.push_back({"demo.test", 1, 1, 1, kNow, {{}}});
    status.problems.push_back({});
    const auto match = [](const std::vector<models::Column> &columns, const std::vector<Row> &rows) {
        bool matches = !rows.empty();
        for (const Row &row : rows) {
            matches = matches && row.cells.size() == columns.size();
            for (const Row &child : row.children)
                matches = matches && child.cells.size() == columns.size();
        }
        return matches && std::count_if(columns.begin(), columns.end(),
                                        [](const models::Column &column) { return column.stretches; }) == 1;
    };
    QVERIFY(match(models::backendColumns(), models::backendRows(status, {}, kNow)));
    QVERIFY(match(models::appColumns(), models::appRows(status, {}, kNow)));
    QVERIFY(match(models::databaseColumns(), models::databaseRows(status, kNow)));
    QVERIFY(match(models::siteColumns(), models::siteRows(status, {}, {})));
    QVERIFY(match(models::listenerColumns(), models::listenerRows(status)));
    QVERIFY(match(models::zoneColumns(), models::zoneRows(status, {}, kNow)));
    QVERIFY(match(models::problemColumns(), models::problemRows(status)));
}

void RowsTest::backends()
{
    models::Rates rates;
    rates.servers[{"app", "a"}] = {1500, 2, 800, 12'000};
    const std::vector<Row> rows = models::backendRows(backendStatus(), rates, kNow);
    QCOMPARE(rows.size(), std::size_t(1));
    QCOMPARE(cell(rows[0], 3), QStringLiteral("1 of 3"));
    QCOMPARE(rows[0].cells[3].tone, Tone::warning);
    const Row &a = rows[0].children[0];
    QCOMPARE(a.cells[3].tone, Tone::good);
    QCOMPARE(cell(a, 6), QStringLiteral("1.50k"));
    QCOMPARE(a.cells[7].tone, Tone::bad);
    QCOMPARE(cell(a, 8), QStringLiteral("12.0 ms"));
    QCOMPARE(cell(a, 9), QStringLiteral("status 200 in 1 ms · 3 s ago"));
    const Row &b = rows[0].children[1];
    QCOMPARE(b.cells[3].tone, Tone::bad);
    QVERIFY(cell(b, 9).contains(QStringLiteral("connection refused")));
    const Row &c = rows[0].children[2];
    QCOMPARE(cell(c, 2), QStringLiteral("Draining"));
    QCOMPARE(c.cells[2].tone, Tone::warning);
    QVERIFY(c.cells[2].toolTip.contains(QStringLiteral("Ready")));
    // Before the first rates.
    QCOMPARE(cell(models::backendRows(backendStatus(), {}, kNow)[0].children[0], 6), QStringLiteral("–"));
}

void RowsTest::apps()
{
    rpc::InstanceStatus instance;
    instance.name = "1";
    instance.state = rpc::InstanceState::failed;
    instance.reason = "there is no program `nod`";
    rpc::Status status;
    status.apps.push_back({"web", "program", "nod server.js", 1, 0, false, "no instance is ready", {instance}});
    std::vector<Row> rows = models::appRows(status, {}, kNow);
    QCOMPARE(rows[0].cells[1].tone, Tone::bad);
    QCOMPARE(cell(rows[0], 9), QStringLiteral("no instance is ready"));
    QCOMPARE(rows[0].children[0].cells[1].tone, Tone::bad);
    QCOMPARE(cell(rows[0].children[0], 9), QStringLiteral("there is no program `nod`"));
    status.apps[0].restarting = true;
    rows = models::appRows(status, {}, kNow);
    QCOMPARE(rows[0].cells[1].tone, Tone::waiting);
}

void RowsTest::cpuUsage()
{
    rpc::InstanceStatus instance;
    instance.name = "1";
    instance.pid = 10;
    instance.cpuSeconds = 5;
    std::vector<rpc::AppStatus> apps{{"web", "", "", 1, 1, false, "", {instance}}};
    models::CpuUsage usage;
    const SteadyTime start{};
    usage.take(apps, start);
    QVERIFY(std::isnan(usage.percentOf("web", "1")));
    apps[0].instances[0].cpuSeconds = 6;
    usage.take(apps, start + Seconds(2));
    QCOMPARE(usage.percentOf("web", "1"), 50.0);
    apps[0].instances[0].pid = 11;
    usage.take(apps, start + Seconds(3));
    QVERIFY(std::isnan(usage.percentOf("web", "1")));
    QVERIFY(std::isnan(usage.percentOf("other", "1")));
}

void RowsTest::databases()
{
    rpc::DatabaseStatus database;
    database.name = "main";
    database.health = rpc::DatabaseHealth::down;
    database.reason = "connection refused";
    rpc::DatabasePool pool;
    pool.user = "core";
    pool.open = 1;
    pool.limit = 4;
    pool.errors = 2;
    database.pools = {pool, pool};
    database.pools[1].user = "web/1";
    rpc::Status status;
    status.databases.push_back(database);
    std::vector<Row> rows = models::databaseRows(status, kNow);
    QCOMPARE(rows[0].cells[1].tone, Tone::bad);
    QCOMPARE(cell(rows[0], 3), QStringLiteral("2 of 8"));
    QCOMPARE(cell(rows[0], 9), QStringLiteral("connection refused"));
    QCOMPARE(rows[0].children.size(), std::size_t(2));
    QCOMPARE(rows[0].children[1].cells[6].tone, Tone::bad);
    status.databases[0].migrationsPending = 2;
    status.databases[0].migrationProblem = "002-more.sql was changed after it had run";
    rows = models::databaseRows(status, kNow);
    QCOMPARE(rows[0].cells[2].tone, Tone::bad);
    QVERIFY(cell(rows[0], 9).contains(QStringLiteral("002-more.sql")));
}

void RowsTest::sites()
{
    rpc::Status status;
    status.sites.push_back({"shop", {"a.test", "b.test"}, {"web"}, true, ""});
    status.sites.push_back({"old", {"c.test"}, {}, false, "the folder /srv/old is gone"});
    const QJsonValue config =
        QJsonDocument::fromJson(R"({"site":{"shop":{"route":[{"path":"/","root":"/srv/www/shop/site"},
            {"path":"/api/","backend":"api"},{"path":"/app/","app":"web"},{"path":"/x/"},
            {"path":"/old","redirect":"/new","methods":["GET"]},{"path":"/a","status":410,"share":100},
            {"path":"/b","respond":"b","share":10}]}}})")
            .object();
    const std::vector<Row> rows = models::siteRows(status, {}, config);
    QCOMPARE(cell(rows[0], 2), QStringLiteral("a.test, b.test"));
    QCOMPARE(rows[0].children.size(), std::size_t(7));
    QCOMPARE(cell(rows[0].children[0], 2), QStringLiteral("Files in …/shop/site"));
    QCOMPARE(rows[0].children[0].cells[2].toolTip, QStringLiteral("/srv/www/shop/site"));
    QCOMPARE(cell(rows[0].children[1], 2), QStringLiteral("Backend api"));
    QCOMPARE(cell(rows[0].children[2], 2), QStringLiteral("App web"));
    QCOMPARE(cell(rows[0].children[4], 2), QStringLiteral("Redirects to /new, on conditions"));
    QCOMPARE(cell(rows[0].children[5], 2), QStringLiteral("Answers with status 410"));
    QCOMPARE(cell(rows[0].children[6], 2), QStringLiteral("Answers with a text, on conditions"));
    QCOMPARE(rows[1].cells[1].tone, Tone::bad);
    QCOMPARE(cell(rows[1], 2), QStringLiteral("the folder /srv/old is gone"));
    // DNS listens twice at one address.
    status.listeners.push_back({"dns", "0.0.0.0:53", "dns/udp", true, ""});
    status.listeners.push_back({"dns", "0.0.0.0:53", "dns/tcp", false, "in use"});
    const std::vector<Row> listeners = models::listenerRows(status);
    QVERIFY(listeners[0].key != listeners[1].key);
    QCOMPARE(listeners[1].cells[1].tone, Tone::bad);
}

void RowsTest::zones()
{
    rpc::Status status;
    status.zones.push_back({"good.test", 7, 1, 2, kNow - Seconds(120), {}});
    status.zones.push_back(
        {"old.test", 7, 1, 2, kNow, {{"zone.syntax", "zone.old", "no SOA", "add one", {"old.zone", 3, 0}}}});
    status.zones.push_back({"none.test", 0, 0, 0, {}, {}});
    const std::vector<Row> rows = models::zoneRows(status, {}, kNow);
    QCOMPARE(rows[0].cells[1].tone, Tone::good);
    QCOMPARE(cell(rows[0], 6), QStringLiteral("2 min ago"));
    QCOMPARE(rows[1].cells[1].tone, Tone::warning);
    QCOMPARE(cell(rows[1].children[0], 0), QStringLiteral("old.zone:3"));
    QVERIFY(cell(rows[1].children[0], 6).contains(QStringLiteral("add one")));
    QCOMPARE(rows[2].cells[1].tone, Tone::bad);
}

void RowsTest::problems()
{
    const Problem problem{"zone.serial", "zone.old",         "the serial went back",
                          "raise it",    {"old.zone", 3, 0}, Severity::warning};
    rpc::Status status;
    QVERIFY(models::problemRows(status).empty());
    status.problems.push_back(problem);
    status.zones.push_back({"old.test", 7, 1, 2, kNow, {problem}});
    status.drift.push_back({"/etc/mainstay/mainstay.toml", rpc::FileChange::changed});
    std::vector<Row> rows = models::problemRows(status);
    QCOMPARE(rows.size(), std::size_t(2)); // the zone's is the service's
    QCOMPARE(cell(rows[0], 3), QStringLiteral("raise it"));
    QCOMPARE(cell(rows[0], 4), QStringLiteral("old.zone:3"));
    QVERIFY(!models::isBad(rows));
    status.problems[0].severity = Severity::error;
    QVERIFY(models::isBad(models::problemRows(status)));
}

void RowsTest::words()
{
    QCOMPARE(models::rateText(models::kUnknown), QStringLiteral("–"));
    QCOMPARE(models::percentText(12.34), QStringLiteral("12.3 %"));
    QCOMPARE(models::spanText(Seconds(59)), QStringLiteral("59 s"));
    QCOMPARE(models::spanText(Seconds(3 * 86'400 + 7200)), QStringLiteral("3 d 2 h"));
    QCOMPARE(models::agoText({}, kNow), QString());
    QCOMPARE(models::agoText(kNow, kNow), QStringLiteral("just now"));
}

QTEST_APPLESS_MAIN(RowsTest)
#include "rows_test.moc"
