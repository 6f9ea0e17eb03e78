// SPDX-License-Identifier: GPL-3.0-or-later
// Text forms of settings: what is accepted, what it becomes, and what is refused.
#include "config/rate_limit.h"
#include "config/values.h"

#include "config/zone.h"

#include <QRegularExpression>
#include <QTest>

using namespace mainstay;
using namespace mainstay::config;

namespace {

// The canonical text of a value, or the code of the error.
template <class T>
QString canonical(const char *text)
{
    const auto parsed = T::parse(text);
    return QString::fromStdString(parsed ? parsed->text() : parsed.error().code);
}

struct Row {
    const char *text;
    const char *expected;
};

bool matches(const char *pattern, const char *text)
{
    return QRegularExpression(QString::fromUtf8(pattern)).match(QString::fromUtf8(text)).hasMatch();
}

template <class T, std::size_t Count>
void check(const Row (&rows)[Count])
{
    for (const Row &row : rows) {
        QCOMPARE(canonical<T>(row.text), QString::fromUtf8(row.expected));
        if (T::parse(row.text))
            QVERIFY2(matches(kTextPattern<T>, row.text), row.text);
    }
}

} // namespace

class ValuesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void durations()
    {
        check<Duration>({{"250ms", "250ms"},
                         {"10s", "10s"},
                         {"1000ms", "1s"},
                         {"90s", "90s"},
                         {"5m", "5m"},
                         {"60 m", "1h"},
                         {"48h", "2d"},
                         {"0s", "0s"},
                         {"0ms", "0s"},
                         {"10", "duration.malformed"},
                         {"", "duration.malformed"},
                         {"s", "duration.malformed"},
                         {"-1s", "duration.malformed"},
                         {"1.5s", "duration.malformed"},
                         {"1s2", "duration.malformed"},
                         {"10S", "duration.malformed"},
                         {"99999999999999999999s", "duration.malformed"},
                         {"9223372036854775807s", "duration.malformed"}});
        const Duration ten = Seconds(10);
        QVERIFY(ten == *Duration::parse("10s"));
    }

    void sizes()
    {
        check<ByteSize>({{"16KiB", "16KiB"},
                         {"2MiB", "2MiB"},
                         {"2048KiB", "2MiB"},
                         {"100", "100B"},
                         {"0", "0B"},
                         {"1 GiB", "1GiB"},
                         {"16KB", "size.malformed"},
                         {"16k", "size.malformed"},
                         {"", "size.malformed"},
                         {"-1", "size.malformed"},
                         {"8388608TiB", "size.malformed"}});
        QCOMPARE(ByteSize::parse("16KiB")->bytes, std::uint64_t(16384));
    }

    void hosts()
    {
        check<HostPattern>({{"www.example.org", "www.example.org"},
                            {"WWW.Example.ORG.", "www.example.org"},
                            {"*.example.org", "*.example.org"},
                            {"*", "*"},
                            {"127.0.0.1", "127.0.0.1"},
                            {"[::1]", "[::1]"},
                            {"[0:0::1]", "[::1]"},
                            {"localhost", "localhost"},
                            {"_acme.example.org", "_acme.example.org"},
                            {"", "host.malformed"},
                            {".", "host.malformed"},
                            {"*.", "host.malformed"},
                            {"*.*.org", "host.malformed"},
                            {"www.*.org", "host.malformed"},
                            {"*www.example.org", "host.malformed"},
                            {"a..b", "host.malformed"},
                            {"a b", "host.malformed"},
                            {"example.org:80", "host.malformed"},
                            {"münchen.example", "host.malformed"},
                            {"[127.0.0.1]", "host.malformed"}});
        QVERIFY(HostPattern::parse("*.example.org")->isWildcard());
        QVERIFY(HostPattern::parse("*.example.org")->domain() == "example.org");
        QVERIFY(HostPattern::parse("*")->matchesAll());
        QVERIFY(!HostPattern::parse(std::string(64, 'a')));
        QVERIFY(HostPattern::parse(std::string(63, 'a')));
    }

    void serverAddresses()
    {
        check<HostPort>({{"10.0.0.5:8080", "10.0.0.5:8080"},
                         {"[::1]:80", "[::1]:80"},
                         {"app.internal:3000", "app.internal:3000"},
                         {"10.0.0.5", "server-address.malformed"},
                         {"10.0.0.500:80", "server-address.malformed"},
                         {":80", "server-address.malformed"},
                         {"app:0", "server-address.malformed"},
                         {"app:65536", "server-address.malformed"},
                         {"app:", "server-address.malformed"},
                         {"app:80x", "server-address.malformed"},
                         {"::1:80", "server-address.malformed"},
                         {"[app]:80", "server-address.malformed"},
                         {"http://app:80", "server-address.malformed"}});
        check<ServerAddress>({{"10.0.0.5:8080", "10.0.0.5:8080"},
                              {"unix:/run/app.sock", "unix:/run/app.sock"},
                              {"unix:", "server-address.malformed"},
                              {"unix:app.sock", "server-address.malformed"},
                              {"unix", "server-address.malformed"},
                              {"10.0.0.5", "server-address.malformed"}});
        const std::string longest = "unix:/" + std::string(106, 'x');
        QVERIFY(ServerAddress::parse(longest));
        QVERIFY(!ServerAddress::parse(longest + "x"));
        QCOMPARE(ServerAddress::parse("app:80")->hostName(), std::string_view("app"));
        QVERIFY(ServerAddress::parse("10.0.0.5:80")->hostName().empty());
        QVERIFY(ServerAddress::parse("unix:/a")->hostName().empty());
        QCOMPARE(ServerAddress::parse("unix:/a")->authority(), std::string("localhost"));
        QVERIFY(HostPort::parse("10.0.0.5:80")->endpoint());
        QVERIFY(!HostPort::parse("app:80")->endpoint());
    }

    void paths()
    {
        check<UrlPath>({{"/", "/"},
                        {"/app/", "/app/"},
                        {"/a%20b", "/a%20b"},
                        {"", ""},
                        {"app", "url-path.malformed"},
                        {"/a b", "url-path.malformed"},
                        {"/a?b", "url-path.malformed"},
                        {"/a#b", "url-path.malformed"}});
    }

    void statusRanges()
    {
        check<StatusRange>({{"200-399", "200-399"},
                            {"204", "204"},
                            {"200-200", "200"},
                            {"399-200", "status.malformed"},
                            {"99", "status.malformed"},
                            {"200-600", "status.malformed"},
                            {"200-", "status.malformed"},
                            {"0200", "status.malformed"},
                            {"", "status.malformed"},
                            {"2xx", "status.malformed"}});
        QVERIFY(StatusRange().contains(200) && StatusRange().contains(399) && !StatusRange().contains(400));
    }

    void listenAddresses()
    {
        check<Endpoint>({{"127.0.0.1:80", "127.0.0.1:80"},
                         {"[::1]:443", "[::1]:443"},
                         {":80", "0.0.0.0:80"},
                         {"*:80", "0.0.0.0:80"},
                         {"127.0.0.1", "endpoint.malformed"}});
    }

    void variables()
    {
        check<EnvironmentVariable>({{"NAME=value", "NAME=value"},
                                    {"_n1=", "_n1="},
                                    {"A=b=c\nd", "A=b=c\nd"},
                                    {"NAME", "variable.malformed"},
                                    {"1A=b", "variable.malformed"},
                                    {"=b", "variable.malformed"}});
    }

    void rateLimits()
    {
        check<RateLimit>({{"10/s", "10/s"},
                          {"100/m burst 20", "100/m burst 20"},
                          {"5/h by header X-API-Key", "5/h by header X-API-Key"},
                          {"1/d burst 2 by cookie id", "1/d burst 2 by cookie id"},
                          {"0/s", "rate-limit.malformed"},
                          {"10", "rate-limit.malformed"},
                          {"10/", "rate-limit.malformed"},
                          {"10/w", "rate-limit.malformed"},
                          {"010/s", "rate-limit.malformed"},
                          {"1000001/s", "rate-limit.malformed"},
                          {"10/s burst", "rate-limit.malformed"},
                          {"10/s burst 0", "rate-limit.malformed"},
                          {"10/s by client", "rate-limit.malformed"},
                          {"10/s by header", "rate-limit.malformed"},
                          {"10/s by header a b", "rate-limit.malformed"},
                          {"10/s by header !a", "rate-limit.malformed"},
                          {"10/s by cookie a burst 2", "rate-limit.malformed"},
                          {" 10/s", "rate-limit.malformed"},
                          {"", "rate-limit.malformed"}});
        QCOMPARE(RateLimit::parse("10/m")->depth(), 10U);
        QCOMPARE(RateLimit::parse("10/m burst 3")->depth(), 3U);
    }

    // They need not refuse all that parse() refuses, but what people mistype.
    void patternsOfTexts()
    {
        QVERIFY(!matches(kTextPattern<Duration>, "10"));
        QVERIFY(!matches(kTextPattern<ByteSize>, "16KB"));
        QVERIFY(!matches(kTextPattern<HostPattern>, "example.org:80"));
        QVERIFY(!matches(kTextPattern<HostPort>, "10.0.0.5"));
        QVERIFY(!matches(kTextPattern<Endpoint>, "127.0.0.1"));
        QVERIFY(!matches(kTextPattern<UrlPath>, "app"));
        QVERIFY(!matches(kTextPattern<UrlPath>, "/a?b"));
        QVERIFY(!matches(kTextPattern<UrlPath>, "/a#b"));
        QVERIFY(!matches(kTextPattern<UrlPath>, "/a b"));
        QVERIFY(!matches(kTextPattern<EnvironmentVariable>, "NAME"));
        QVERIFY(!matches(kTextPattern<StatusRange>, "2xx"));
        QVERIFY(!matches(kTextPattern<RateLimit>, "10 per second"));
    }

    void zoneNames()
    {
        for (const char *name : {"example.org", ".", "0/25.2.0.192.in-addr.arpa", "_x.a-b.test", "test"}) {
            QVERIFY2(ZoneConfig::checkName(name), name);
            QVERIFY2(matches(ZoneConfig::kNamePattern, name), name);
        }
        for (const char *name : {"", "example.org.", "Example.org", "a..b", ".a", "a b", "*.org"}) {
            QVERIFY2(!ZoneConfig::checkName(name), name);
            QVERIFY2(!matches(ZoneConfig::kNamePattern, name), name);
        }
    }
};

QTEST_APPLESS_MAIN(ValuesTest)
#include "values_test.moc"
