// SPDX-License-Identifier: GPL-3.0-or-later
// Headers of the PROXY protocol: the examples of its specification, what is next to right, and what we write.
#include "wire/proxy_header.h"

#include <QTest>

#include <string>

using namespace mainstay;
using namespace mainstay::wire;
using namespace std::string_literals;

namespace {

const std::string kSignature = "\r\n\r\n\0\r\nQUIT\n"s;

std::string binary(char command, char family, const std::string &block)
{
    const auto size = block.size();
    return kSignature + command + family + static_cast<char>(size >> 8) + static_cast<char>(size & 0xff) + block;
}

const std::string kAddresses = "\xc0\x00\x02\x07\xcb\x00\x71\x09\xd4\x31\x01\xbb"s; // 192.0.2.7:54321, 203.0.113.9:443

std::string extension(char type, const std::string &value)
{
    return std::string(1, type) + static_cast<char>(value.size() >> 8) + static_cast<char>(value.size() & 0xff) + value;
}

// "192.0.2.7:80 to 192.0.2.8:81 (54)", "nobody (15)", "more", "malformed".
std::string read(const std::string &bytes)
{
    ProxyHeader header;
    switch (parseProxyHeader(bytes, header)) {
    case ParseStatus::complete:
        break;
    case ParseStatus::needMore:
        return "more";
    case ParseStatus::malformed:
    case ParseStatus::tooLarge:
        return "malformed";
    }
    const std::string length = " (" + std::to_string(header.length) + ")";
    return (header.namesClient ? header.source.text() + " to " + header.destination.text() : "nobody") + length;
}

} // namespace

class ProxyHeaderTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void text()
    {
        const std::string longest = "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
                                    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n";
        const auto ends = [](const std::string &line) { return read(line + "\r\nGET / HTTP/1.1\r\n"); };
        QCOMPARE(ends("PROXY TCP4 192.0.2.7 203.0.113.9 54321 443"), "192.0.2.7:54321 to 203.0.113.9:443 (44)"s);
        QCOMPARE(ends("PROXY TCP6 2001:DB8::1 ::1 0 65535"), "[2001:db8::1]:0 to [::1]:65535 (36)"s);
        QVERIFY(read(longest).ends_with("(" + std::to_string(longest.size()) + ")"));
        QCOMPARE(ends("PROXY UNKNOWN"), "nobody (15)"s);
        QCOMPARE(ends("PROXY UNKNOWN ffff::1 whatever 65535"), "nobody (38)"s);
        for (const char *line :
             {"PROXY TCP4 192.0.2.7 203.0.113.9 54321", "PROXY TCP4 192.0.2.7 203.0.113.9 54321 443 1",
              "PROXY TCP4 192.0.2.7 203.0.113.9 54321 443 ", "PROXY  TCP4 192.0.2.7 203.0.113.9 54321 443",
              "PROXY TCP4 192.0.2.07 203.0.113.9 54321 443", "PROXY TCP4 192.0.2.7 203.0.113.9 054321 443",
              "PROXY TCP4 192.0.2.7 203.0.113.9 54321 65536", "PROXY TCP4 192.0.2.7 203.0.113.9 +1 443",
              "PROXY TCP4 192.0.2.7 203.0.113.9 -1 443", "PROXY TCP4 192.0.2.7 203.0.113.9  443",
              "PROXY TCP4 ::1 ::1 1 2", "PROXY TCP6 192.0.2.7 192.0.2.7 1 2", "PROXY TCP4 192.0.2.7 ::1 1 2",
              "PROXY UDP4 192.0.2.7 203.0.113.9 54321 443", "PROXY UNKNOWNS", "PROXY ",
              "PROXY tcp4 1.1.1.1 1.1.1.1 1 1", "PROXY TCP4 192.0.2.7\t203.0.113.9 54321 443",
              "PROXY TCP4 host 203.0.113.9 54321 443"})
            QCOMPARE(ends(line), "malformed"s);
        // A line that does not end is none; one that ends in a line feed alone goes on.
        QCOMPARE(read("PROXY " + std::string(100, 'x')), "more"s);
        QCOMPARE(read("PROXY " + std::string(101, 'x')), "malformed"s);
        QCOMPARE(read("PROXY TCP4 192.0.2.7 203.0.113.9 54321 443\n"), "more"s);
    }

    void binaryForm()
    {
        QCOMPARE(read(binary('\x21', '\x11', kAddresses) + "GET"), "192.0.2.7:54321 to 203.0.113.9:443 (28)"s);
        const std::string v6 =
            "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01" + std::string(15, '\0') + "\x01" + "\x00\x50\x01\xbb"s;
        QCOMPARE(read(binary('\x21', '\x21', v6)), "[2001:db8::1]:80 to [::1]:443 (52)"s);
        // Nobody: LOCAL, whatever its block says; no family; Unix sockets; datagrams.
        QCOMPARE(read(binary('\x20', '\0', "")), "nobody (16)"s);
        QCOMPARE(read(binary('\x20', '\x77', "abc")), "nobody (19)"s);
        QCOMPARE(read(binary('\x21', '\0', "")), "nobody (16)"s);
        QCOMPARE(read(binary('\x21', '\x31', std::string(216, 'x'))), "nobody (232)"s);
        QCOMPARE(read(binary('\x21', '\x12', kAddresses)), "nobody (28)"s);
        // Commands, versions, families and transports there are none of; blocks that are too short.
        for (const auto &[command, family] :
             {std::pair('\x22', '\x11'), {'\x11', '\x11'}, {'\x01', '\x11'}, {'\x21', '\x41'}, {'\x21', '\x13'}})
            QCOMPARE(read(binary(command, family, kAddresses)), "malformed"s);
        QCOMPARE(read(binary('\x21', '\x11', kAddresses.substr(1))), "malformed"s);
        QCOMPARE(read(binary('\x21', '\x31', std::string(215, 'x'))), "malformed"s);
        QCOMPARE(read(binary('\x21', '\x11', kAddresses + std::string(4096, '\0'))), "malformed"s);
    }

    void extensions()
    {
        const auto with = [](const std::string &more) { return read(binary('\x21', '\x11', kAddresses + more)); };
        const std::string name = extension('\x02', "www.example.org");
        QCOMPARE(with(name + extension('\xee', "")), "192.0.2.7:54321 to 203.0.113.9:443 (49)"s);
        QCOMPARE(with(name + "\x04\x00"), "malformed"s);
        QCOMPARE(with("\x04\x00\x05"s + "four"), "malformed"s);
        // Of this header, by another implementation of CRC32c.
        const std::string right = extension('\x03', "\x39\x3c\xa4\xdd"s);
        QCOMPARE(with(right), "192.0.2.7:54321 to 203.0.113.9:443 (35)"s);
        QCOMPARE(with(extension('\x03', "\x39\x3c\xa4\xde"s)), "malformed"s);
        QCOMPARE(with(extension('\x03', "\x39\x3c\xa4"s)), "malformed"s);
    }

    void whatIsNone()
    {
        for (const std::string &bytes : {"GET / HTTP/1.1\r\n"s, "PROXX"s, "proxy TCP4"s, "\r\n\r\n\0\r\nQUIT\r"s,
                                         "\x16\x03\x01\x02\x00"s, "PRI * HTTP/2.0\r\n\r\n"s})
            QCOMPARE(read(bytes), "malformed"s);
        const std::string text = "PROXY TCP4 192.0.2.7 203.0.113.9 54321 443\r\n";
        const std::string bytes = binary('\x21', '\x11', kAddresses + extension('\x02', "www.example.org"));
        for (const std::string &header : {text, bytes}) {
            for (std::size_t size = 0; size < header.size(); ++size)
                QCOMPARE(read(header.substr(0, size)), "more"s);
            QVERIFY(read(header) != "more");
        }
    }

    void written()
    {
        const auto at = [](const char *text) { return Endpoint::parse(text).value(); };
        const Endpoint v4 = at("192.0.2.7:54321");
        const Endpoint v6 = at("[2001:db8::1]:443");
        const auto text = [](const Endpoint &from, const Endpoint &to) {
            return std::string(ProxyHeaderText(ProxyVersion::v1, from, to).view());
        };
        QCOMPARE(text(v4, at("203.0.113.9:443")), "PROXY TCP4 192.0.2.7 203.0.113.9 54321 443\r\n"s);
        QCOMPARE(text(v4, v6), "PROXY TCP6 ::ffff:c000:207 2001:db8::1 54321 443\r\n"s);
        QCOMPARE(std::string(ProxyHeaderText(ProxyVersion::v2, v4, at("203.0.113.9:443")).view()),
                 binary('\x21', '\x11', kAddresses));
        for (const ProxyVersion version : {ProxyVersion::v1, ProxyVersion::v2}) {
            for (const auto &[from, to] : {std::pair(v4, v4), {v6, v6}, {v6, v4}, {v4, v6}}) {
                const ProxyHeaderText written(version, from, to);
                ProxyHeader header;
                QVERIFY(parseProxyHeader(written.view(), header) == ParseStatus::complete);
                QVERIFY(header.namesClient && header.length == written.view().size());
                QCOMPARE(header.source.port, from.port);
                QCOMPARE(header.destination.port, to.port);
                QVERIFY(header.source.address.family == header.destination.address.family);
                QVERIFY(from.address.family != to.address.family || header.source == from);
            }
            QVERIFY(read(std::string(ProxyHeaderText(version).view())).starts_with("nobody"));
        }
    }
};

QTEST_APPLESS_MAIN(ProxyHeaderTest)
#include "proxy_header_test.moc"
