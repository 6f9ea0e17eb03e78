// SPDX-License-Identifier: GPL-3.0-or-later
// What a change shows: objects added, removed and changed, and in them each setting.
#include "schema/difference.h"

#include <QTest>

using namespace mainstay;
using namespace mainstay::schema;
using namespace mainstay::config;
using Kind = ObjectChange::Kind;

namespace {

Configuration example()
{
    Configuration c;
    c.backends["app"].servers["a"].address.tcp = {"10.0.0.1", 80};
    c.backends["app"].servers["b"].address.tcp = {"10.0.0.2", 80};
    c.sites["shop"].hosts = {{"shop.test"}};
    c.sites["shop"].routes.resize(2);
    c.sites["shop"].routes[0].backend.name = "app";
    c.sites["shop"].routes[1].path.path = "/static/";
    return c;
}

QString text(const std::vector<ObjectChange> &changes)
{
    std::string all;
    for (const ObjectChange &change : changes) {
        all += std::string(changeName(change.kind)) + " " + change.path + "\n";
        for (const SettingChange &setting : change.settings)
            all += "  " + setting.name + ": " + setting.before + " -> " + setting.after + "\n";
    }
    return QString::fromStdString(all);
}

} // namespace

class DifferenceTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sameHasNone() { QVERIFY(difference(example(), example()).empty()); }

    void settingsChange()
    {
        Configuration after = example();
        after.service.workers = 4;
        after.backends["app"].balance = Balance::leastConnections;
        after.backends["app"].servers["b"].weight = 5;
        after.sites["shop"].hosts.push_back({"*.shop.test"});
        QCOMPARE(text(difference(example(), after)),
                 QStringLiteral("changed service\n"
                                "  workers: 0 -> 4\n"
                                "changed site.shop\n"
                                "  hosts: [\"shop.test\"] -> [\"shop.test\", \"*.shop.test\"]\n"
                                "changed backend.app\n"
                                "  balance: \"round_robin\" -> \"least_connections\"\n"
                                "changed backend.app.server.b\n"
                                "  weight: 1 -> 5\n"));
    }

    void objectsComeAndGo()
    {
        Configuration after = example();
        after.backends["app"].servers.erase("a");
        after.backends["app"].servers["c"].address.tcp = {"10.0.0.3", 80};
        after.backends["new"].retries = 0;
        after.backends["new"].servers["x"].address.tcp = {"x", 1};
        after.zones["a.test"].file.path = "/z";
        const QString forward = QStringLiteral("removed backend.app.server.a\n"
                                               "  address: \"10.0.0.1:80\" -> \n"
                                               "added backend.app.server.c\n"
                                               "  address:  -> \"10.0.0.3:80\"\n"
                                               "added backend.new\n"
                                               "  retries:  -> 0\n"
                                               "added backend.new.server.x\n"
                                               "  address:  -> \"x:1\"\n"
                                               "added zone.\"a.test\"\n"
                                               "  file:  -> \"/z\"\n");
        QCOMPARE(text(difference(example(), after)), forward);
        const auto back = difference(after, example());
        QCOMPARE(back.size(), std::size_t(5));
        QVERIFY(back[0].kind == Kind::added && back[1].kind == Kind::removed && back[3].kind == Kind::removed);
    }

    void routesAreComparedByPlace()
    {
        Configuration after = example();
        after.sites["shop"].routes[0].stripPrefix = true;
        after.sites["shop"].routes.pop_back();
        QCOMPARE(text(difference(example(), after)), QStringLiteral("changed site.shop\n"
                                                                    "  route[0].strip_prefix: false -> true\n"
                                                                    "  route[1]: {path = \"/static/\"} -> \n"));
    }
};

QTEST_APPLESS_MAIN(DifferenceTest)
#include "difference_test.moc"
