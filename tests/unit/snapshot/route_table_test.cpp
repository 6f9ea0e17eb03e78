// SPDX-License-Identifier: GPL-3.0-or-later
// Which route of a site is for a request.
#include "snapshot/route_table.h"

#include <QElapsedTimer>
#include <QTest>

#include <algorithm>

using namespace mainstay;
using namespace std::string_literals;
using namespace mainstay::snapshot;

namespace {

// A route, known by the name of its backend.
Route route(const std::string &path, const std::string &name, config::RouteConfig config = {})
{
    config.path = {path};
    config.backend = {name};
    return {config, nullptr, config.pattern.empty() ? nullptr : compilePattern(config.pattern), {}};
}

template <class T>
std::vector<T> parsed(std::initializer_list<const char *> texts)
{
    std::vector<T> values;
    for (const char *text : texts)
        values.push_back(T::parse(text).value());
    return values;
}

// The name of the route found; empty for none. `request`: its first line but for the version, and further lines.
std::string found(const RouteTable &table, const std::string &request, const char *client = "192.0.2.7")
{
    std::string text = request.substr(0, request.find('\n')) + " HTTP/1.1\r\nHost: a\r\n";
    for (std::size_t at = request.find('\n'); at != std::string::npos;) {
        const std::size_t end = request.find('\n', ++at);
        text += request.substr(at, end == std::string::npos ? end : end - at) + "\r\n";
        at = end;
    }
    text += "\r\n";
    wire::RequestHead head;
    if (head.parse(text) != wire::ParseStatus::complete)
        qFatal("a bad request: %s", request.c_str());
    const IpAddress address = IpAddress::parse(client).value();
    const Route *route = table.find({head.path(), head, address});
    return route ? route->config.backend.name : "";
}

} // namespace

class RouteTableTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void paths_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char *path, const char *expected) { QTest::newRow(path) << path << expected; };
        row("/", "/");
        row("/x", "/");
        row("/app", "/app");
        row("/app/", "/app");
        row("/app/x", "/app");
        row("/apple", "/");
        row("/api", "/");
        row("/api/", "/api/");
        row("/api/x", "/api/");
        row("/api/v2", "=/api/v2");
        row("/api/v2/", "/api/v2");
        row("/api/v2/x", "/api/v2");
        row("/api/v20", "/api/");
        row("/API/v2", "/");
    }
    void paths()
    {
        QFETCH(QString, path);
        QFETCH(QString, expected);
        std::vector<std::string> paths = {"/", "/api/", "/api/v2", "/app", "=/api/v2"};
        std::sort(paths.begin(), paths.end());
        do { // whatever the order they are given in
            std::vector<Route> routes;
            for (const std::string &one : paths) {
                config::RouteConfig config;
                config.exact = one.starts_with('=');
                routes.push_back(route(one.substr(config.exact ? 1 : 0), one, config));
            }
            const RouteTable table(std::move(routes));
            QCOMPARE(found(table, "GET " + path.toStdString()), expected.toStdString());
        } while (std::next_permutation(paths.begin(), paths.end()));
    }
    void noRoute()
    {
        QCOMPARE(found(RouteTable({route("/only/", "x")}), "GET /other"), ""s);
        QCOMPARE(found(RouteTable({route("/only/", "x")}), "GET /only"), ""s);
        QCOMPARE(found(RouteTable({}), "GET /"), ""s);
    }

    void conditions_data()
    {
        QTest::addColumn<QString>("request");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char *request, const char *expected) {
            QTest::newRow(request) << request << expected;
        };
        row("GET /", "get");
        row("HEAD /", "get");
        row("POST /", "rest");
        row("POST /\nX-Beta: no", "beta");
        row("POST /\nx-beta: yes", "sure");
        row("POST /\nx-beta: no\nx-beta: yes", "sure");
        row("POST /?a=1&debug", "debug");
        row("POST /?debug=", "debug");
        row("POST /?debugger", "rest");
        row("POST /?version=2", "two");
        row("POST /?version=22", "rest");
        row("POST /?version=1&version=2", "two");
        row("PUT /", "bare");
        row("PUT /?plain", "rest");
        row("PUT /\nauthorization: x", "rest");
    }
    void conditions()
    {
        QFETCH(QString, request);
        QFETCH(QString, expected);
        config::RouteConfig get;
        get.methods = {"GET"};
        config::RouteConfig sure;
        sure.headers = parsed<config::FieldMatch>({"X-Beta: yes"});
        config::RouteConfig beta;
        beta.headers = parsed<config::FieldMatch>({"X-Beta"});
        config::RouteConfig debug;
        debug.query = parsed<config::QueryMatch>({"debug"});
        config::RouteConfig two;
        two.query = parsed<config::QueryMatch>({"version=2"});
        config::RouteConfig bare;
        bare.methods = {"PUT"};
        bare.query = parsed<config::QueryMatch>({"!plain"});
        bare.headers = parsed<config::FieldMatch>({"!Authorization"});
        // Few, and so many that not each is looked at.
        for (const int others : {0, 30}) {
            std::vector<Route> routes{route("/", "get", get), route("/", "sure", sure)};
            for (int i = 0; i < others; ++i) {
                config::RouteConfig other;
                if (i % 2 == 0)
                    other.headers = {config::FieldMatch::parse("X-Beta: " + std::to_string(i)).value()};
                else
                    other.query = {config::QueryMatch::parse("version=9" + std::to_string(i)).value()};
                routes.push_back(route("/", "other", other));
            }
            for (const Route &one : {route("/", "beta", beta), route("/", "debug", debug), route("/", "two", two),
                                     route("/", "bare", bare), route("/", "rest")})
                routes.push_back(one);
            const RouteTable table(std::move(routes));
            QCOMPARE(found(table, request.toStdString()), expected.toStdString());
        }
    }
    void ofManyForOneTheFirstWhoseConditionsHold()
    {
        std::vector<Route> routes;
        for (int i = 0; i < 20; ++i) {
            config::RouteConfig config;
            config.headers = parsed<config::FieldMatch>({"X-Tenant: one"});
            if (i == 3)
                config.query = parsed<config::QueryMatch>({"flag"});
            else
                config.methods = {i < 10 ? "PUT" : "GET"};
            routes.push_back(route("/", std::to_string(i), config));
        }
        const RouteTable table(std::move(routes));
        QCOMPARE(found(table, "GET /\nx-tenant: one"), "10"s);
        QCOMPARE(found(table, "GET /?flag\nx-tenant: one"), "3"s);
        QCOMPARE(found(table, "PUT /\nX-TENANT: one"), "0"s);
        QCOMPARE(found(table, "GET /\nX-Tenant: One"), ""s);
        QCOMPARE(found(table, "GET /?x-tenant:one"), ""s);
        QCOMPARE(found(table, "GET /"), ""s);
    }
    void aLongerPathWhoseConditionsFailIsPassedOver()
    {
        config::RouteConfig inside;
        inside.clients = parsed<Network>({"10.0.0.0/8", "2001:db8::/32"});
        const RouteTable table({route("/", "all"), route("/admin/", "inside", inside)});
        QCOMPARE(found(table, "GET /admin/x", "10.1.2.3"), "inside"s);
        QCOMPARE(found(table, "GET /admin/x", "::ffff:10.1.2.3"), "inside"s);
        QCOMPARE(found(table, "GET /admin/x", "2001:db8:1::5"), "inside"s);
        QCOMPARE(found(table, "GET /admin/x", "11.1.2.3"), "all"s);
        QCOMPARE(found(table, "GET /admin/x", "2001:db9::"), "all"s);
    }

    void patterns()
    {
        // Some, and so many that they are looked for together.
        for (const std::size_t others : {0U, 30U}) {
            std::vector<Route> routes;
            const auto add = [&routes](const char *pattern, const char *name, std::vector<std::string> methods = {}) {
                config::RouteConfig config;
                config.pattern = pattern;
                config.methods = std::move(methods);
                routes.push_back(route("/", name, config));
            };
            add("^/user/[0-9]+$", "post", {"POST"});
            add("^/user/[0-9]+$", "number");
            for (std::size_t i = 0; i < others; ++i)
                add(("^/other" + std::to_string(i) + "$").c_str(), "other");
            add("\\.(png|jpe?g)$", "image");
            add("^/user/", "user");
            const RouteTable table(std::move(routes));
            QCOMPARE(found(table, "GET /user/12"), "number"s);
            QCOMPARE(found(table, "POST /user/12"), "post"s);
            QCOMPARE(found(table, "GET /user/x12"), "user"s);
            QCOMPARE(found(table, "GET /user/x.jpeg"), "image"s);
            QCOMPARE(found(table, "GET /nothing"), ""s);
            QCOMPARE(found(table, "GET /other29"), others > 29 ? "other"s : ""s);
        }
    }
    void patternsThatAreNone()
    {
        std::string why;
        QVERIFY(!compilePattern("a(b", &why));
        QVERIFY(!why.empty());
        QVERIFY(!compilePattern("(a)\\1"));
    }
    void aPatternCannotBeMadeSlow()
    {
        config::RouteConfig config;
        config.pattern = "^/(a+)+$";
        const RouteTable table({route("/", "evil", config)});
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(found(table, "GET /" + std::string(8000, 'a') + "!"), ""s);
        QVERIFY(timer.elapsed() < 1000);
    }

    void aShareOfClientsStays()
    {
        config::RouteConfig few;
        few.share = 20;
        const RouteTable table({route("/", "few", few), route("/", "rest")});
        int count = 0;
        for (int i = 0; i < 5000; ++i) {
            const std::string client = "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250);
            const std::string name = found(table, "GET /", client.c_str());
            QCOMPARE(found(table, "POST /other", client.c_str()), name);
            count += name == "few" ? 1 : 0;
        }
        QVERIFY2(count > 850 && count < 1150, qPrintable(QString::number(count)));
    }

    void manyRoutesAreAsQuickAsFew()
    {
        std::vector<Route> routes;
        for (int i = 0; i < 20000; ++i)
            routes.push_back(route("/part" + std::to_string(10000 + i % 20000) + "/", std::to_string(i)));
        const RouteTable table(std::move(routes));
        QElapsedTimer timer;
        timer.start();
        for (int i = 0; i < 1000; ++i)
            QCOMPARE(found(table, "GET /part" + std::to_string(10000 + i) + "/x"), std::to_string(i));
        // A walk over all would take a second.
        QVERIFY2(timer.elapsed() < 200, qPrintable(QString::number(timer.elapsed())));
    }
    void soAreManyForOnePath()
    {
        std::vector<Route> routes;
        for (int i = 0; i < 20000; ++i) {
            config::RouteConfig config;
            const std::string wanted = "tenant" + std::to_string(i);
            if (i % 2 == 0)
                config.headers = {config::FieldMatch::parse("X-Tenant: " + wanted).value()};
            else
                config.query = {config::QueryMatch::parse("tenant=" + wanted).value()};
            routes.push_back(route("/", std::to_string(i), config));
        }
        const RouteTable table(std::move(routes));
        QElapsedTimer timer;
        timer.start();
        for (int i = 18000; i < 19000; i += 2) {
            QCOMPARE(found(table, "GET /x\nX-Tenant: tenant" + std::to_string(i)), std::to_string(i));
            QCOMPARE(found(table, "GET /x?a&tenant=tenant" + std::to_string(i + 1)), std::to_string(i + 1));
        }
        QVERIFY2(timer.elapsed() < 200, qPrintable(QString::number(timer.elapsed())));
    }
};

QTEST_APPLESS_MAIN(RouteTableTest)
#include "route_table_test.moc"
