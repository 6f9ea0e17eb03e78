// SPDX-License-Identifier: GPL-3.0-or-later
// What may be kept, for how long, and when it may be used: RFC 9111 and RFC 5861 as tables.
#include "cache/rules.h"
#include "cache/vary.h"
#include "wire/http_date.h"

#include <QTest>

using namespace mainstay;
using namespace mainstay::cache;

namespace {

constexpr std::int64_t kNow = 1'700'000'000;

std::string dated(std::int64_t offset)
{
    const auto date = wire::formatHttpDate(kNow + offset);
    return {date.data(), date.size()};
}

struct Parsed {
    std::string text;
    wire::ResponseHead head;
};

// `fields` are separated by "|"; NOW+10 stands for a date.
std::unique_ptr<Parsed> parsed(unsigned status, std::string fields)
{
    auto parsed = std::make_unique<Parsed>();
    for (std::size_t at = fields.find("NOW"); at != std::string::npos; at = fields.find("NOW")) {
        std::size_t end = 0;
        const std::int64_t offset = std::stoll(fields.substr(at + 3), &end);
        fields.replace(at, 3 + end, dated(offset));
    }
    parsed->text = "HTTP/1.1 " + std::to_string(status) + " X\r\n";
    while (!fields.empty()) {
        const std::string field = fields.substr(0, fields.find('|'));
        fields.erase(0, field.size() + 1);
        parsed->text += field + "\r\n";
    }
    parsed->text += "Content-Length: 0\r\n\r\n";
    if (parsed->head.parse(parsed->text, wire::Method::get) != wire::ParseStatus::complete)
        qFatal("not a head: %s", parsed->text.c_str());
    return parsed;
}

struct ParsedRequest {
    std::string text;
    wire::RequestHead head;
};

CacheControl wishes(const std::string &fields, const Rules &rules = {})
{
    const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
    wire::RequestHead head;
    if (head.parse(text) != wire::ParseStatus::complete)
        qFatal("not a head");
    return wishesOf(head, rules);
}

} // namespace

class RulesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void staleness_data()
    {
        QTest::addColumn<QString>("control");
        QTest::addColumn<int>("whileRevalidating");
        QTest::addColumn<int>("onError");
        const auto row = [](const char *control, int whileRevalidating, int onError) {
            QTest::newRow(control) << QString::fromLatin1(control) << whileRevalidating << onError;
        };
        row("max-age=60", 7, 8);
        row("max-age=60, stale-while-revalidate=1", 1, 8);
        row("max-age=60, must-revalidate", 0, 0);
        row("max-age=60, proxy-revalidate", 0, 0);
        row("s-maxage=60", 0, 0);
        row("s-maxage=60, stale-if-error=2", 0, 2);
        row("s-maxage=60, stale-if-error=2, must-revalidate", 0, 0);
    }
    void staleness()
    {
        QFETCH(QString, control);
        Rules rules;
        rules.staleWhileRevalidate = 7;
        rules.staleIfError = 8;
        const auto answer = parsed(200, "Cache-Control: " + control.toStdString());
        const auto freshness = storable(answer->head, false, rules, {kNow, kNow});
        QVERIFY(freshness);
        QTEST(int(freshness->staleWhileRevalidate), "whileRevalidating");
        QTEST(int(freshness->staleIfError), "onError");
        QCOMPARE(freshness->mustRevalidate, freshness->staleWhileRevalidate + freshness->staleIfError == 0);
    }
    void lifetimes_data()
    {
        QTest::addColumn<unsigned>("status");
        QTest::addColumn<QString>("fields");
        QTest::addColumn<int>("lifetime"); // -1: not kept
        const auto row = [](const char *name, unsigned status, const char *fields, int lifetime) {
            QTest::newRow(name) << status << QString::fromLatin1(fields) << lifetime;
        };
        row("max-age", 200, "Cache-Control: max-age=60", 60);
        row("s-maxage wins", 200, "Cache-Control: max-age=60, s-maxage=5", 5);
        row("max-age before Expires", 200, "Cache-Control: max-age=60|Date: NOW+0|Expires: NOW+500", 60);
        row("Expires", 200, "Date: NOW+0|Expires: NOW+500", 500);
        row("Expires in the past, with a tag", 200, "Date: NOW+0|Expires: NOW-5|ETag: \"a\"", 0);
        row("Expires in the past", 200, "Date: NOW+0|Expires: NOW-5", -1);
        row("Expires that is no date", 200, "Expires: 0|ETag: \"a\"", 0);
        row("two of Expires", 200, "Date: NOW+0|Expires: NOW+5|Expires: NOW+500|ETag: \"a\"", 0);
        row("nothing", 200, "ETag: \"a\"", -1);
        row("nothing but public", 200, "Cache-Control: public|ETag: \"a\"", -1);
        row("no-store", 200, "Cache-Control: max-age=60, no-store", -1);
        row("no-store, must-understand", 200, "Cache-Control: max-age=60, no-store, must-understand", 60);
        row("the same of a status unknown", 299, "Cache-Control: max-age=60, no-store, must-understand", -1);
        row("private", 200, "Cache-Control: private, max-age=60", -1);
        row("private for a field", 200, "Cache-Control: private=\"X-A, max-age=9\", max-age=60", -1);
        row("no-cache with a tag", 200, "Cache-Control: no-cache|ETag: \"a\"", 0);
        row("no-cache without one", 200, "Cache-Control: no-cache", -1);
        row("max-age=0 with a tag", 200, "Cache-Control: max-age=0|ETag: \"a\"", 0);
        row("max-age=0 without one", 200, "Cache-Control: max-age=0", -1);
        row("stale-if-error makes it of use", 200, "Cache-Control: max-age=0, stale-if-error=9", 0);
        row("no number", 200, "Cache-Control: max-age=soon|ETag: \"a\"", 0);
        row("in quotes", 200, "Cache-Control: max-age=\"60\"", 60);
        row("twice", 200, "Cache-Control: max-age=60, max-age=5", 5);
        row("two fields", 200, "Cache-Control: public|Cache-Control: max-age=7", 7);
        row("any case", 200, "cache-control: MAX-AGE=7", 7);
        row("too long", 200, "Cache-Control: max-age=99999999999999999999", 0x7fffffff);
        row("unknown words", 200, "Cache-Control: max-age=7, foo, bar=\"b, private, c\"", 7);
        row("cookie", 200, "Cache-Control: max-age=60|Set-Cookie: a=b", -1);
        row("vary by anything", 200, "Cache-Control: max-age=60|Vary: *", -1);
        row("vary by more", 200, "Cache-Control: max-age=60|Vary: Accept, *", -1);
        row("part", 206, "Cache-Control: max-age=60|Content-Range: bytes 0-0/1", -1);
        row("not modified", 304, "Cache-Control: max-age=60", -1);
        row("not found", 404, "Cache-Control: max-age=60", 60);
        row("found", 302, "Cache-Control: max-age=60", 60);
        row("error", 500, "Cache-Control: max-age=60", 60);
        row("older than it may be", 200, "Cache-Control: max-age=60|Age: 60", -1);
        row("older, with a tag", 200, "Cache-Control: max-age=60|Age: 60|ETag: \"a\"", 60);
    }
    void lifetimes()
    {
        QFETCH(unsigned, status);
        QFETCH(QString, fields);
        QFETCH(int, lifetime);
        const auto answer = parsed(status, fields.toStdString());
        const auto freshness = storable(answer->head, false, {}, {kNow, kNow});
        QCOMPARE(freshness ? static_cast<int>(freshness->lifetime) : -1, lifetime);
    }

    void whatTheConfigurationSays()
    {
        const auto nothing = parsed(200, "ETag: \"a\"");
        Rules rules;
        rules.defaultTtl = 30;
        QCOMPARE(storable(nothing->head, false, rules, {kNow, kNow})->lifetime, 30);
        QVERIFY(!storable(parsed(302, "ETag: \"a\"")->head, false, rules, {kNow, kNow}));
        rules = {};
        rules.heuristicTtl = 100;
        const auto modified = parsed(200, "Date: NOW+0|Last-Modified: NOW-500");
        QCOMPARE(storable(modified->head, false, rules, {kNow, kNow})->lifetime, 50);
        const auto old = parsed(200, "Date: NOW+0|Last-Modified: NOW-500000");
        QCOMPARE(storable(old->head, false, rules, {kNow, kNow})->lifetime, 100);
        QVERIFY(!storable(nothing->head, false, rules, {kNow, kNow}));
        rules.keepsCookies = true;
        QVERIFY(storable(parsed(200, "Cache-Control: max-age=1|Set-Cookie: a=b")->head, false, rules, {kNow, kNow}));
    }

    // RFC 9111 section 3.5.
    void authorized_data()
    {
        QTest::addColumn<QString>("control");
        QTest::addColumn<bool>("isKept");
        QTest::newRow("max-age") << "max-age=60" << false;
        QTest::newRow("public") << "public, max-age=60" << true;
        QTest::newRow("s-maxage") << "s-maxage=60" << true;
        QTest::newRow("must-revalidate") << "max-age=60, must-revalidate" << true;
        QTest::newRow("private") << "private, s-maxage=60" << false;
    }
    void authorized()
    {
        QFETCH(QString, control);
        QFETCH(bool, isKept);
        const auto answer = parsed(200, "Cache-Control: " + control.toStdString());
        QCOMPARE(storable(answer->head, true, {}, {kNow, kNow}).has_value(), isKept);
    }

    // RFC 9111 section 4.2.3.
    void ages()
    {
        const auto age = [](const char *fields, Times times, std::int64_t later) {
            return storable(parsed(200, std::string("Cache-Control: max-age=9999|") + fields)->head, false, {}, times)
                ->age(times.answered + later);
        };
        QCOMPARE(age("Date: NOW+0", {kNow, kNow}, 0), 0);
        QCOMPARE(age("Date: NOW+0", {kNow, kNow}, 7), 7);
        QCOMPARE(age("Date: NOW-20", {kNow, kNow}, 7), 27);
        QCOMPARE(age("Date: NOW+20", {kNow, kNow}, 7), 7); // a clock that is ahead
        QCOMPARE(age("Date: NOW+0|Age: 30", {kNow - 2, kNow}, 0), 32);
        QCOMPARE(age("Date: NOW-50|Age: 30", {kNow - 2, kNow}, 0), 50);
        QCOMPARE(age("Date: NOW+0|Age: x", {kNow, kNow}, 1), 1);
        QCOMPARE(age("Date: NOW+0", {kNow, kNow}, -9), 0); // a clock that was set back
    }

    void uses_data()
    {
        QTest::addColumn<QString>("control");
        QTest::addColumn<QString>("request");
        QTest::addColumn<int>("age");
        QTest::addColumn<int>("use");
        const auto row = [](const char *name, const char *control, const char *request, int age, Use use) {
            QTest::newRow(name) << QString::fromLatin1(control) << QString::fromLatin1(request) << age
                                << static_cast<int>(use);
        };
        row("fresh", "max-age=10", "", 9, Use::fresh);
        row("stale", "max-age=10", "", 10, Use::validate);
        row("no-cache of the answer", "max-age=10, no-cache", "", 0, Use::validate);
        row("while another is fetched", "max-age=10, stale-while-revalidate=5", "", 14, Use::staleRefreshing);
        row("not for ever", "max-age=10, stale-while-revalidate=5", "", 15, Use::validate);
        row("must-revalidate", "max-age=10, must-revalidate, stale-while-revalidate=5", "", 11, Use::validate);
        row("proxy-revalidate", "max-age=10, proxy-revalidate, stale-while-revalidate=5", "", 11, Use::validate);
        row("client: no-cache", "max-age=10", "Cache-Control: no-cache\r\n", 1, Use::validate);
        row("client: Pragma", "max-age=10", "Pragma: no-cache\r\n", 1, Use::validate);
        row("client: Pragma beside", "max-age=10", "Pragma: no-cache\r\nCache-Control: max-age=9\r\n", 1, Use::fresh);
        row("client: max-age", "max-age=10", "Cache-Control: max-age=5\r\n", 6, Use::validate);
        row("client: max-age kept", "max-age=10", "Cache-Control: max-age=5\r\n", 5, Use::fresh);
        row("client: max-age=0", "max-age=10", "Cache-Control: max-age=0\r\n", 0, Use::validate);
        row("client: min-fresh", "max-age=10", "Cache-Control: min-fresh=5\r\n", 6, Use::validate);
        row("client: min-fresh kept", "max-age=10", "Cache-Control: min-fresh=5\r\n", 5, Use::fresh);
        row("client: max-stale", "max-age=10", "Cache-Control: max-stale=5\r\n", 15, Use::stale);
        row("client: max-stale over", "max-age=10", "Cache-Control: max-stale=5\r\n", 16, Use::validate);
        row("client: any max-stale", "max-age=10", "Cache-Control: max-stale\r\n", 999, Use::stale);
        row("client: max-stale, must-revalidate", "max-age=10, must-revalidate", "Cache-Control: max-stale\r\n", 11,
            Use::validate);
    }
    void uses()
    {
        QFETCH(QString, control);
        QFETCH(QString, request);
        QFETCH(int, age);
        QFETCH(int, use);
        const auto answer = parsed(200, "ETag: \"a\"|Cache-Control: " + control.toStdString());
        const auto freshness = storable(answer->head, false, {}, {kNow, kNow});
        QVERIFY(freshness);
        QCOMPARE(static_cast<int>(useOf(*freshness, wishes(request.toStdString()), kNow + age)), use);
    }

    void clientsThatAreNotHeeded()
    {
        Rules rules;
        rules.heedsClients = false;
        QVERIFY(!wishes("Cache-Control: no-cache, no-store\r\n", rules).noCache);
        QVERIFY(!wishes("Pragma: no-cache\r\n", rules).noCache);
    }

    void errors()
    {
        const auto usable = [](const char *control, int age) {
            const auto answer = parsed(200, std::string("ETag: \"a\"|Cache-Control: ") + control);
            return isUsableOnError(*storable(answer->head, false, {}, {kNow, kNow}), kNow + age);
        };
        QVERIFY(usable("max-age=10, stale-if-error=5", 14));
        QVERIFY(!usable("max-age=10, stale-if-error=5", 15));
        QVERIFY(!usable("max-age=10, stale-if-error=5, must-revalidate", 11));
        QVERIFY(!usable("max-age=10", 11));
        for (const unsigned status : {500U, 502U, 503U, 504U})
            QVERIFY(isTrouble(status));
        QVERIFY(!isTrouble(501) && !isTrouble(404));
    }

    void names()
    {
        const auto names = [](const char *fields) { return varyNames(parsed(200, fields)->head); };
        QCOMPARE(*names("Vary: Cookie, accept-ENCODING|Vary: cookie"), std::string("accept-encoding,cookie"));
        QCOMPARE(*names("ETag: \"a\""), std::string());
        QVERIFY(!names("Vary: a,b,c,d,e,f,g,h,i,j"));
    }

    void codings()
    {
        const std::string all = plainAcceptEncoding("gzip, deflate, br, zstd");
        QCOMPARE(plainAcceptEncoding("zstd,br;q=0.9 , gzip;q=0.5,deflate"), all);
        QVERIFY(plainAcceptEncoding("gzip, br, zstd") != all);
        QVERIFY(plainAcceptEncoding("gzip, br;q=0, zstd, deflate") != all);
        QCOMPARE(plainAcceptEncoding(""), plainAcceptEncoding("identity"));
        QCOMPARE(plainAcceptEncoding("gzip, own"), std::string("gzip, own"));
        QCOMPARE(plainAcceptEncoding("deflate;q=0"), std::string("deflate;q=0"));
    }
};

QTEST_APPLESS_MAIN(RulesTest)
#include "rules_test.moc"
