// SPDX-License-Identifier: GPL-3.0-or-later
// Methods and paths lead where they should, and nowhere else.
#include "apphost/router.h"

#include <QTest>

using namespace mainstay::apphost;

class RouterTest : public QObject {
    Q_OBJECT

    Router m_router;

    std::string find(const char *method, const char *path) const
    {
        const Router::Match match = m_router.find(method, path);
        if (!match.isPath)
            return "404";
        if (!match.handler)
            return "405 " + match.allow;
        std::string text = std::to_string(*match.handler);
        for (const auto &[name, value] : match.values)
            text += " " + name + "=" + value;
        return text;
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_router.add("GET", "/a", 0);
        m_router.add("POST", "/a", 1);
        m_router.add("GET", "/a/{id}", 2);
        m_router.add("GET", "/a/new", 3);
        m_router.add("DELETE", "/a/{other}", 4);
        m_router.add("GET", "/a/{id}/b/{c}", 5);
        m_router.add("GET", "/", 6);
    }

    void findsTheHandler()
    {
        QCOMPARE(find("GET", "/a"), std::string("0"));
        QCOMPARE(find("HEAD", "/a"), std::string("0"));
        QCOMPARE(find("POST", "/a"), std::string("1"));
        QCOMPARE(find("GET", "/a/7"), std::string("2 id=7"));
        QCOMPARE(find("GET", "/a/new"), std::string("3"));
        QCOMPARE(find("DELETE", "/a/new"), std::string("4 other=new"));
        QCOMPARE(find("GET", "/a/x%2Fy/b/%C3%A9"), std::string("5 c=é id=x/y"));
        QCOMPARE(find("GET", "/"), std::string("6"));
    }

    void saysWhatIsNot()
    {
        for (const char *path : {"/b", "/a/", "/a//", "//a", "/a/1/b", "/a/%zz", "/a/%00", "/a/%ff", "", "/A"})
            QCOMPARE(find("GET", path), std::string("404"));
        QCOMPARE(find("PUT", "/a"), std::string("405 GET, HEAD, POST"));
        QCOMPARE(find("POST", "/a/1"), std::string("405 DELETE, GET, HEAD"));
    }

    void decodes()
    {
        QCOMPARE(percentDecoded("a+b%20c", true).value(), std::string("a b c"));
        QCOMPARE(percentDecoded("a+b").value(), std::string("a+b"));
        QVERIFY(!percentDecoded("%"));
        QVERIFY(!percentDecoded("%4"));
        QVERIFY(!percentDecoded("%c3"));
    }
};

QTEST_APPLESS_MAIN(RouterTest)
#include "router_test.moc"
