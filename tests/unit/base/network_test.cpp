// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/network.h"

#include <QTest>

using namespace mainstay;

class NetworkTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void texts_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("expected"); // the error's code for what is none
        const auto row = [](const char *text, const char *expected) { QTest::newRow(text) << text << expected; };
        row("10.0.0.0/8", "10.0.0.0/8");
        row("0.0.0.0/0", "0.0.0.0/0");
        row("192.0.2.7", "192.0.2.7");
        row("192.0.2.7/32", "192.0.2.7");
        row("2001:DB8::/32", "2001:db8::/32");
        row("::1/128", "::1");
        row("10.0.0.1/8", "network.malformed");
        row("10.0.0.0/33", "network.malformed");
        row("10.0.0.0/", "network.malformed");
        row("10.0.0.0/-1", "network.malformed");
        row("10.0.0/8", "network.malformed");
        row("::/129", "network.malformed");
        row("2001:db8::1/64", "network.malformed");
        row("", "network.malformed");
        row("a/8", "network.malformed");
    }
    void texts()
    {
        QFETCH(QString, text);
        QFETCH(QString, expected);
        const auto network = Network::parse(text.toStdString());
        QCOMPARE(QString::fromStdString(network ? network->text() : network.error().code), expected);
        if (network)
            QCOMPARE(Network::parse(network->text()).value(), *network);
    }
    void contains_data()
    {
        QTest::addColumn<QString>("network");
        QTest::addColumn<QString>("inside");
        QTest::addColumn<QString>("outside");
        const auto row = [](const char *network, const char *inside, const char *outside) {
            QTest::addRow("%s %s", network, inside) << network << inside << outside;
        };
        row("10.0.0.0/8", "10.255.255.255", "11.0.0.0");
        row("10.0.0.0/8", "::ffff:10.1.1.1", "::ffff:11.1.1.1");
        row("192.0.2.128/25", "192.0.2.255", "192.0.2.127");
        row("192.0.2.7", "192.0.2.7", "192.0.2.6");
        row("0.0.0.0/0", "255.255.255.255", "::1");
        row("::/0", "2001:db8::1", "10.0.0.1");
        row("2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::");
    }
    void contains()
    {
        QFETCH(QString, network);
        QFETCH(QString, inside);
        QFETCH(QString, outside);
        const Network parsed = Network::parse(network.toStdString()).value();
        QVERIFY(parsed.contains(IpAddress::parse(inside.toStdString()).value()));
        QVERIFY(!parsed.contains(IpAddress::parse(outside.toStdString()).value()));
    }
};

QTEST_APPLESS_MAIN(NetworkTest)
#include "network_test.moc"
