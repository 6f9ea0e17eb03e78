// SPDX-License-Identifier: GPL-3.0-or-later
// Which site answers for a host, and which of its routes for a path.
#include "snapshot/host_map.h"
#include "snapshot/site.h"

#include <QTest>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

using namespace mainstay;
using snapshot::HostMap;
using snapshot::Route;
using snapshot::Site;

namespace {

HostMap::SitePointer site(const std::string &name, const std::vector<std::string> &paths = {"/"})
{
    std::vector<Route> routes;
    for (const std::string &path : paths) {
        Route route;
        route.config.path = {path};
        routes.push_back(std::move(route));
    }
    return std::make_shared<const Site>(name, config::SiteConfig{}, std::move(routes),
                                        std::make_shared<shared_state::SiteCell>(name, 1), 1);
}

std::string nameOf(const Site *found)
{
    return found ? found->name() : "none";
}

} // namespace

class SitesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void hosts_data()
    {
        QTest::addColumn<QString>("host");
        QTest::addColumn<QString>("found");
        const auto row = [](const char *host, const char *found) { QTest::newRow(host) << host << found; };
        row("www.example.org", "exact");
        row("WWW.Example.ORG", "exact");
        row("www.example.org.", "exact");
        row("a.example.org", "wildcard");
        row("a.b.example.org", "wildcard");
        row("A.B.EXAMPLE.ORG.", "wildcard");
        row("example.org", "none");
        row("xexample.org", "none");
        row("org", "none");
        row("a.deep.example.org", "deep");
        row("deep.example.org", "wildcard");
        row(".example.org", "wildcard");
        row("*.example.org", "wildcard");
        row("192.0.2.1", "address");
        row("[2001:db8::1]", "none");
        row("", "none");
        row(".", "none");
        row("..", "none");
        const QString domain = QStringLiteral(".example.org");
        QTest::newRow("longest") << QString(253 - domain.size(), QLatin1Char('a')) + domain << "wildcard";
        QTest::newRow("too long") << QString(254 - domain.size(), QLatin1Char('a')) + domain << "none";
        QTest::newRow("far too long") << QString(70000, QLatin1Char('a')) << "none";
    }
    void hosts()
    {
        QFETCH(QString, host);
        QFETCH(QString, found);
        const HostMap map = HostMap()
                                .with("www.example.org", site("exact"))
                                .with("*.example.org", site("wildcard"))
                                .with("*.deep.example.org", site("deep"))
                                .with("192.0.2.1", site("address"));
        QCOMPARE(nameOf(map.find(host.toStdString())), found.toStdString());
        // With a default site the answer is that one instead of none.
        const std::string expected = found == QLatin1String("none") ? "default" : found.toStdString();
        QCOMPARE(nameOf(map.with("*", site("default")).find(host.toStdString())), expected);
    }

    void versionsOfHosts()
    {
        const HostMap first = HostMap().with("a.test", site("a")).with("*", site("default"));
        const HostMap second = first.with("a.test", site("b")).without("*").with("*.test", site("wildcard"));
        QCOMPARE(nameOf(first.find("a.test")), std::string("a"));
        QCOMPARE(nameOf(first.find("b.test")), std::string("default"));
        QCOMPARE(nameOf(second.find("a.test")), std::string("b"));
        QCOMPARE(nameOf(second.find("b.test")), std::string("wildcard"));
        QCOMPARE(nameOf(second.find("test")), std::string("none"));
        QCOMPARE(nameOf(second.without("a.test").find("a.test")), std::string("wildcard"));
    }

    void manyHosts()
    {
        std::mt19937 random(1);
        std::map<std::string, std::string> model;
        HostMap map;
        const auto pattern = [&random] {
            std::string name = random() % 3 == 0 ? "*" : std::string(1, static_cast<char>('a' + random() % 6));
            for (auto labels = 1 + random() % 3; labels > 0; --labels)
                name += std::string(".") + static_cast<char>('a' + random() % 6);
            return name;
        };
        for (int edit = 0; edit < 5000; ++edit) {
            const std::string name = pattern();
            if (random() % 3 == 0) {
                map = map.without(name);
                model.erase(name);
            } else {
                map = map.with(name, site(name));
                model[name] = name;
            }
        }
        // What the pattern of a host should be: itself, else the nearest wildcard.
        const auto expected = [&model](const std::string &host) -> std::string {
            if (model.contains(host))
                return host;
            for (std::size_t dot = host.find('.'); dot != std::string::npos; dot = host.find('.', dot + 1)) {
                if (model.contains("*" + host.substr(dot)))
                    return "*" + host.substr(dot);
            }
            return "none";
        };
        for (int i = 0; i < 5000; ++i) {
            std::string host = pattern();
            std::replace(host.begin(), host.end(), '*', 'z');
            QCOMPARE(nameOf(map.find(host)), expected(host));
        }
    }
};

QTEST_APPLESS_MAIN(SitesTest)
#include "sites_test.moc"
