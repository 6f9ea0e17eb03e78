// SPDX-License-Identifier: GPL-3.0-or-later
// Addresses and ports as text, both ways.
#include "base/endpoint.h"

#include <QTest>
#include <random>

using namespace mainstay;

class EndpointTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void addresses_data();
    void addresses();
    void notAddresses_data();
    void notAddresses();
    void anyAddressComesBack();
    void endpoints_data();
    void endpoints();
    void notEndpoints_data();
    void notEndpoints();
    void order();
};

void EndpointTest::addresses_data()
{
    QTest::addColumn<QByteArray>("written");
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char *written, const char *text) {
        QTest::newRow(written) << QByteArray(written) << QByteArray(text);
    };
    row("192.0.2.1", "192.0.2.1");
    row("0.0.0.0", "0.0.0.0");
    row("255.255.255.255", "255.255.255.255");
    row("::", "::");
    row("::1", "::1");
    row("1::", "1::");
    // RFC 5952 section 4
    row("2001:0DB8:0:0:0:0:0:0001", "2001:db8::1");
    row("2001:db8::0:1", "2001:db8::1");
    row("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"); // a single group is not shortened
    row("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1");
    row("2001:0:0:1:0:0:0:1", "2001:0:0:1::1");       // the longest run
    row("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"); // the first of equals
    row("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0");
    row("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8");
    row("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    row("64:ff9b::192.0.2.33", "64:ff9b::c000:221");
    row("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304");
}

void EndpointTest::addresses()
{
    QFETCH(QByteArray, written);
    QFETCH(QByteArray, text);
    const auto address = IpAddress::parse(written.toStdString());
    QVERIFY(address);
    QCOMPARE(address->text(), text.toStdString());
    std::array<char, IpAddress::kMaxText> space;
    QCOMPARE(std::string(address->textInto(space)), text.toStdString());
    QCOMPARE(address->family, written.contains(':') ? IpAddress::Family::v6 : IpAddress::Family::v4);
    QVERIFY(*address == IpAddress::parse(text.toStdString()).value());
}

void EndpointTest::notAddresses_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const char *text : {"",
                             " ",
                             "1",
                             "1.2.3",
                             "1.2.3.4.5",
                             "1.2.3.",
                             ".1.2.3",
                             "1..2.3",
                             "1.2.3.256",
                             "01.2.3.4",
                             "1.2.3.4 ",
                             "1.2.3.+4",
                             "1.2.3.-4",
                             "0x1.2.3.4",
                             "a.b.c.d",
                             ":",
                             ":::",
                             "1:",
                             ":1",
                             "1:2:3:4:5:6:7",
                             "1:2:3:4:5:6:7:8:9",
                             "1:2:3:4:5:6:7:8::",
                             "::1:2:3:4:5:6:7:8",
                             "1::2::3",
                             "1:::2",
                             "12345::",
                             "g::",
                             "::1%lo",
                             "[::1]",
                             "::1.2.3",
                             "1.2.3.4::",
                             "1:2:3:4:5:6:7:1.2.3.4",
                             "::1.2.3.4:5",
                             "-1::",
                             "localhost"})
        QTest::newRow(text) << QByteArray(text);
    QTest::newRow("zero byte") << QByteArray("1.2.3.4\0", 8);
}

void EndpointTest::notAddresses()
{
    QFETCH(QByteArray, text);
    const auto address = IpAddress::parse({text.data(), static_cast<std::size_t>(text.size())});
    QVERIFY(!address);
    QCOMPARE(address.error().code, std::string("address.malformed"));
    QVERIFY(!address.error().remedy.empty());
}

void EndpointTest::anyAddressComesBack()
{
    std::mt19937 random(9);
    for (int i = 0; i < 20'000; ++i) {
        IpAddress address;
        address.family = i % 2 == 0 ? IpAddress::Family::v4 : IpAddress::Family::v6;
        const std::size_t size = i % 2 == 0 ? 4 : 16;
        for (std::size_t at = 0; at < size; ++at)
            address.bytes[at] = random() % 3 == 0 ? 0 : static_cast<std::uint8_t>(random()); // with runs of zeros
        const auto again = IpAddress::parse(address.text());
        QVERIFY2(again && *again == address, address.text().c_str());
    }
}

void EndpointTest::endpoints_data()
{
    QTest::addColumn<QByteArray>("written");
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char *written, const char *text) {
        QTest::newRow(written) << QByteArray(written) << QByteArray(text);
    };
    row("127.0.0.1:80", "127.0.0.1:80");
    row("[::1]:8443", "[::1]:8443");
    row("[2001:DB8::]:0", "[2001:db8::]:0");
    row(":80", "0.0.0.0:80");
    row("*:65535", "0.0.0.0:65535");
}

void EndpointTest::endpoints()
{
    QFETCH(QByteArray, written);
    QFETCH(QByteArray, text);
    const auto endpoint = Endpoint::parse(written.toStdString());
    QVERIFY(endpoint);
    QCOMPARE(endpoint->text(), text.toStdString());
    QVERIFY(*endpoint == Endpoint::parse(text.toStdString()).value());
}

void EndpointTest::notEndpoints_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const char *text : {"", ":", "80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
                             "127.0.0.1:+1", "127.0.0.1:8a", "127.0.0.1: 80", "127.0.0.1:000080", "::1:80", "[::1]",
                             "[::1]80", "[]:80", "[127.0.0.1]:80", "[::1:80", "::1]:80", "localhost:80"})
        QTest::newRow(text) << QByteArray(text);
}

void EndpointTest::notEndpoints()
{
    QFETCH(QByteArray, text);
    const auto endpoint = Endpoint::parse(text.toStdString());
    QVERIFY(!endpoint);
    QCOMPARE(endpoint.error().code, std::string("endpoint.malformed"));
}

void EndpointTest::order()
{
    const Endpoint first = Endpoint::parse("127.0.0.1:80").value();
    QVERIFY(first < Endpoint::parse("127.0.0.1:81").value());
    QVERIFY(first < Endpoint::parse("127.0.0.2:1").value());
    QVERIFY(first < Endpoint::parse("[::]:1").value());
}

QTEST_APPLESS_MAIN(EndpointTest)
#include "endpoint_test.moc"
