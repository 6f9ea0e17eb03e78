// SPDX-License-Identifier: GPL-3.0-or-later
// The small grammars of HTTP: field names, authorities, paths, dates, ranges, conditions.
#include "wire/http_accept.h"
#include "wire/http_authority.h"
#include "wire/http_conditional.h"
#include "wire/http_date.h"
#include "wire/http_field.h"
#include "wire/http_method.h"
#include "wire/http_path.h"
#include "wire/http_range.h"

#include <QTest>

#include <array>
#include <limits>
#include <string>

using namespace mainstay::wire;

namespace {

constexpr std::int64_t kExample = 784111777; // Sun, 06 Nov 1994 08:49:37 GMT, the RFC's own
constexpr std::int64_t kNow = 1700000000;    // 14 Nov 2023

std::string dateText(std::int64_t seconds)
{
    const auto date = formatHttpDate(seconds);
    return {date.begin(), date.end()};
}

} // namespace

class HttpValuesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void knowsFieldNames();
    void refusesLookalikeNames();
    void knowsMethods();
    void readsAuthorities();
    void normalizesPaths_data();
    void normalizesPaths();
    void pathMustFit();
    void writesDates();
    void readsDates_data();
    void readsDates();
    void datesComeBack();
    void resolvesRanges_data();
    void resolvesRanges();
    void resolvesSeveralRanges();
    void acceptsCodings_data();
    void acceptsCodings();
    void comparesEtags();
    void evaluatesConditions();
    void appliesRanges();
};

void HttpValuesTest::knowsFieldNames()
{
    for (std::size_t i = 1; i < kKnownFields; ++i) {
        const auto field = static_cast<KnownField>(i);
        std::string name(fieldName(field));
        QVERIFY(!name.empty());
        QCOMPARE(knownField(name), field);
        for (char &c : name)
            c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
        QCOMPARE(knownField(name), field);
        for (char &c : name)
            c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        QCOMPARE(knownField(name), field);
    }
    QCOMPARE(fieldName(KnownField::xRequestId), std::string_view("X-Request-ID"));
    QCOMPARE(fieldName(KnownField::ifUnmodifiedSince), std::string_view("If-Unmodified-Since"));
    QVERIFY(isHopByHop(KnownField::transferEncoding));
    QVERIFY(!isHopByHop(KnownField::host));
}

// Every token one character away from a known name is another name.
void HttpValuesTest::refusesLookalikeNames()
{
    QCOMPARE(knownField(""), KnownField::other);
    QCOMPARE(knownField("x"), KnownField::other);
    constexpr std::string_view kTokenChars = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz";
    for (std::size_t i = 1; i < kKnownFields; ++i) {
        const std::string name(fieldName(static_cast<KnownField>(i)));
        QVERIFY(knownField(name + "s") != static_cast<KnownField>(i));
        QVERIFY(knownField(name.substr(1)) != static_cast<KnownField>(i));
        for (std::size_t at = 0; at < name.size(); ++at) {
            for (const char c : kTokenChars) {
                std::string other = name;
                if ((other[at] | 0x20) == c)
                    continue;
                other[at] = c;
                QVERIFY2(knownField(other) != static_cast<KnownField>(i), other.c_str());
            }
        }
    }
}

void HttpValuesTest::knowsMethods()
{
    for (int i = 0; i < static_cast<int>(Method::other); ++i)
        QCOMPARE(methodOf(methodText(static_cast<Method>(i))), static_cast<Method>(i));
    QCOMPARE(methodOf("DELETE"), Method::remove);
    QCOMPARE(methodOf("get"), Method::other);
    QVERIFY(isIdempotent(Method::put));
    QVERIFY(!isIdempotent(Method::post));
    QVERIFY(!isIdempotent(Method::other));
}

void HttpValuesTest::readsAuthorities()
{
    const auto port = [](std::string_view text) { return parseAuthority(text).value().port; };
    QVERIFY(!port("example.org"));
    QVERIFY(!port("example.org:"));
    QCOMPARE(port("example.org:0").value(), std::uint16_t{0});
    QCOMPARE(port("example.org:65535").value(), std::uint16_t{65535});
    QCOMPARE(port("[::]:8080").value(), std::uint16_t{8080});
    for (const char *good : {"[::]", "[::1]", "[1::]", "[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7::]", "[::ffff:192.0.2.1]",
                             "[1:2:3:4:5:6:192.0.2.1]", "192.0.2.1", "a_b-c.d."})
        QVERIFY2(parseAuthority(good), good);
    for (const char *bad : {"", "[", "[]", "[:]", "[:::]", "[1:2:3:4:5:6:7:8:9]", "[1:2:3:4:5:6:7:8::]", "[12345::]",
                            "[1:]", "[:1]", "[::1.2.3]", "[::1.2.3.256]", "[::1.2.3.04]", "[1:2:3:4:5:6:7:1.2.3.4]",
                            "[::1%25eth0]", "[v1.a]", "a:1:2", "a:000000065536", ":1"})
        QVERIFY2(!parseAuthority(bad), bad);
    QVERIFY(parseAuthority(std::string(255, 'a')));
    QVERIFY(!parseAuthority(std::string(256, 'a')));
}

void HttpValuesTest::normalizesPaths_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("normal"); // null: refused
    const auto row = [](const char *path, const char *normal) {
        QTest::newRow(path) << QByteArray(path) << QByteArray(normal);
    };
    row("/", "/");
    row("/a", "/a");
    row("/a/", "/a/");
    row("/a/b.html", "/a/b.html");
    row("/a/./b", "/a/b");
    row("/a/../b", "/b");
    row("/a/b/../../c/", "/c/");
    row("/a/b/..", "/a/");
    row("/a/.", "/a/");
    row("/a/..", "/");
    row("/.", "/");
    row("//a///b//", "/a/b/");
    row("/a//../b", "/b");
    row("/%61%2Eb", "/a.b");
    row("/a/%2e%2E/b", "/b");
    row("/a%20b%3Fc%23", "/a b?c#");
    row("/%C3%BC", "/\xc3\xbc");
    row("/...", "/...");
    row("/..a/.b/c.", "/..a/.b/c.");
    row("/%25", "/%");
    row("/%252e%252e/", "/%2e%2e/");
    row("/a%2fb", "/a/b"); // or else a route for "/a/" would be got around
    row("/a%2Fb%2f", "/a/b/");
    for (const char *bad :
         {"",        "a",      "*",         "/..",       "/../a",     "/a/../..",    "/a/../../b", "/%2e%2e/a",
          "/.%2e",   "//..",   "/%",        "/%4",       "/%4g",      "/%zz",        "/%00",       "/%2f",
          "/a%2f..", "/..%2f", "/a/..%2fb", "/a%2f%2fb", "/a//b%2fc", "/a/../b%2fc", "/a%2f/b",    "/a%2f./b",
          "/a\\b",   "/a%5cb", "/%5C.."})
        QTest::newRow(bad) << QByteArray(bad) << QByteArray();
}

void HttpValuesTest::normalizesPaths()
{
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, normal);
    std::array<char, 64> out{};
    const auto result = normalizePath(path.toStdString(), out);
    QCOMPARE(result.has_value(), !normal.isNull());
    if (result)
        QCOMPARE(QByteArray::fromStdString(std::string(*result)), normal);
}

void HttpValuesTest::pathMustFit()
{
    const std::string path = "/ab/cd/";
    for (std::size_t size = 0; size <= path.size(); ++size) {
        std::string out(size, '?');
        QCOMPARE(normalizePath(path, out).has_value(), size == path.size());
    }
    std::string zero = "/a";
    zero[1] = '\0';
    std::array<char, 8> out{};
    QVERIFY(!normalizePath(zero, out));
}

void HttpValuesTest::writesDates()
{
    QCOMPARE(dateText(kExample), std::string("Sun, 06 Nov 1994 08:49:37 GMT"));
    QCOMPARE(dateText(0), std::string("Thu, 01 Jan 1970 00:00:00 GMT"));
    QCOMPARE(dateText(-1), std::string("Wed, 31 Dec 1969 23:59:59 GMT"));
    QCOMPARE(dateText(1709164800), std::string("Thu, 29 Feb 2024 00:00:00 GMT"));
    QCOMPARE(dateText(253402300799), std::string("Fri, 31 Dec 9999 23:59:59 GMT"));
}

void HttpValuesTest::readsDates_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("valid");
    QTest::addColumn<qint64>("seconds");
    const auto row = [](const char *text, bool valid, qint64 seconds) {
        QTest::newRow(text) << QByteArray(text) << valid << seconds;
    };
    row("Sun, 06 Nov 1994 08:49:37 GMT", true, kExample);
    row("Sunday, 06-Nov-94 08:49:37 GMT", true, kExample);
    row("Sun Nov  6 08:49:37 1994", true, kExample);
    row("Wed Nov 16 08:49:37 1994", true, kExample + 10 * 86400);
    row("Thursday, 01-Jan-70 00:00:00 GMT", true, 3155760000); // 2070: less than 50 years ahead
    row("Wednesday, 01-Jan-75 00:00:00 GMT", true, 157766400); // 1975
    row("Fri, 30 Dec 2016 23:59:60 GMT", true, 1483142399);
    row("", false, 0);
    row("0", false, 0);
    row("Sun, 06 Nov 1994 08:49:37 UTC", false, 0);
    row("Sun, 06 Nov 1994 08:49:37 +00", false, 0);
    row("Sun, 6 Nov 1994 08:49:37 GMT", false, 0);
    row("Sun, 06 nov 1994 08:49:37 GMT", false, 0);
    row("Sun, 31 Feb 1994 08:49:37 GMT", false, 0);
    row("Sun, 00 Nov 1994 08:49:37 GMT", false, 0);
    row("Sun, 06 Nov 1994 24:49:37 GMT", false, 0);
    row("Sun, 06 Nov 1994 08:60:37 GMT", false, 0);
    row("Sun, 06 Nov 1994 08:49:61 GMT", false, 0);
    row("Sun, 06 Nov 1994 08:49:37 GMT ", false, 0);
    row("Sun, 06 ovD 1994 08:49:37 GMT", false, 0);
    row("Sun Nov 6 08:49:37 1994", false, 0);
    row("Sunday, 06-Nov-1994 08:49:37 GMT", false, 0);
}

void HttpValuesTest::readsDates()
{
    QFETCH(QByteArray, text);
    QFETCH(bool, valid);
    const auto date = parseHttpDate(text.toStdString(), kNow);
    QCOMPARE(date.has_value(), valid);
    if (date)
        QTEST(static_cast<qint64>(*date), "seconds");
}

void HttpValuesTest::datesComeBack()
{
    for (std::int64_t seconds = 0; seconds < 8000000000; seconds += 12345677)
        QCOMPARE(parseHttpDate(dateText(seconds), kNow).value(), seconds);
}

void HttpValuesTest::resolvesRanges_data()
{
    QTest::addColumn<QByteArray>("field");
    QTest::addColumn<quint64>("size");
    QTest::addColumn<int>("kind");
    QTest::addColumn<quint64>("offset");
    QTest::addColumn<quint64>("length");
    using Kind = ByteRange::Kind;
    const auto row = [](const char *field, quint64 size, Kind kind, quint64 offset, quint64 length) {
        QTest::addRow("%s of %llu", field, size)
            << QByteArray(field) << size << static_cast<int>(kind) << offset << length;
    };
    row("bytes=0-0", 10, Kind::part, 0, 1);
    row("bytes=0-9", 10, Kind::part, 0, 10);
    row("bytes=2-", 10, Kind::part, 2, 8);
    row("Bytes= 2-5 ", 10, Kind::part, 2, 4);
    row("bytes=5-99", 10, Kind::part, 5, 5);
    row("bytes=-3", 10, Kind::part, 7, 3);
    row("bytes=-99", 10, Kind::part, 0, 10);
    row("bytes=0-18446744073709551615", 10, Kind::part, 0, 10);
    row("bytes=0-99999999999999999999999", 10, Kind::part, 0, 10);
    row("bytes=10-", 10, Kind::unsatisfiable, 0, 0);
    row("bytes=10-20", 10, Kind::unsatisfiable, 0, 0);
    row("bytes=99999999999999999999999-", 10, Kind::unsatisfiable, 0, 0);
    row("bytes=-0", 10, Kind::unsatisfiable, 0, 0);
    row("bytes=-5", 0, Kind::unsatisfiable, 0, 0);
    row("bytes=0-", 0, Kind::unsatisfiable, 0, 0);
    row("bytes=5-2", 10, Kind::whole, 0, 0);
    row("bytes=20-30,3-4", 10, Kind::part, 3, 2);
    row("bytes=20-30,-0", 10, Kind::unsatisfiable, 0, 0);
    row("bytes=0-1,", 10, Kind::whole, 0, 0);
    row("bytes=0-1,3-4x", 10, Kind::whole, 0, 0);
    row("bytes=0-5,3-9", 10, Kind::whole, 0, 0);
    row("bytes=", 10, Kind::whole, 0, 0);
    row("bytes=-", 10, Kind::whole, 0, 0);
    row("bytes=1", 10, Kind::whole, 0, 0);
    row("bytes=a-b", 10, Kind::whole, 0, 0);
    row("bytes=1-2x", 10, Kind::whole, 0, 0);
    row("bytes=1--2", 10, Kind::whole, 0, 0);
    row("bytes 0-1", 10, Kind::whole, 0, 0);
    row("items=0-1", 10, Kind::whole, 0, 0);
    row("", 10, Kind::whole, 0, 0);
}

void HttpValuesTest::resolvesRanges()
{
    QFETCH(QByteArray, field);
    QFETCH(quint64, size);
    const RangeSet set = resolveRanges(field.toStdString(), size);
    QCOMPARE(set.count, static_cast<std::size_t>(set.kind == ByteRange::Kind::part ? 1 : 0));
    const ByteRange range = set.parts[0];
    QTEST(static_cast<int>(set.kind), "kind");
    QTEST(static_cast<quint64>(range.offset), "offset");
    QTEST(static_cast<quint64>(range.length), "length");
}

void HttpValuesTest::resolvesSeveralRanges()
{
    const RangeSet set = resolveRanges("bytes= 0-1 , 4-5,-1,10-", 10);
    QCOMPARE(set.count, std::size_t{3});
    using Kind = ByteRange::Kind;
    QVERIFY(set.parts[0] == (ByteRange{Kind::part, 0, 2}));
    QVERIFY(set.parts[1] == (ByteRange{Kind::part, 4, 2}));
    QVERIFY(set.parts[2] == (ByteRange{Kind::part, 9, 1}));
    std::string many = "bytes=0-0";
    for (std::size_t i = 1; i < RangeSet::kMost; ++i)
        many += "," + std::to_string(2 * i) + "-" + std::to_string(2 * i);
    QCOMPARE(resolveRanges(many, 1000).count, RangeSet::kMost);
    QCOMPARE(resolveRanges(many + ",100-100", 1000).count, std::size_t{0});
}

void HttpValuesTest::acceptsCodings_data()
{
    QTest::addColumn<QByteArray>("field");
    QTest::addColumn<QByteArray>("best"); // of br, zstd and gzip
    const auto row = [](const char *field, const char *best) {
        QTest::newRow(field) << QByteArray(field) << QByteArray(best);
    };
    row("", "");
    row("gzip, deflate, br, zstd", "br");
    row("gzip", "gzip");
    row("GZIP", "gzip");
    row("x-gzip", "gzip");
    row("gzip;q=1.0, br;q=0.5", "gzip");
    row("br;q=0, gzip;q=0.001", "gzip");
    row("br;q=0", "");
    row("*", "br");
    row("*;q=0", "");
    row("br;q=0, *", "zstd");
    row("identity, gzip;q=0.5", "");
    row("identity;q=0.5, gzip;q=0.5", "gzip");
    row("identity;q=0", "");
    row("gzip;q=2", "");
    row("gzip;q=1.1", "");
    row("gzip;q=0.1234", "");
    row("gzip;q=", "");
    row("gzip;x=1", "");
    row(",, ;, gzip ;q=0.3 ,", "gzip");
    row("brotli", "");
}

void HttpValuesTest::acceptsCodings()
{
    QFETCH(QByteArray, field);
    const AcceptedCodings accepted(field.toStdString());
    constexpr std::array kOffered{Coding::brotli, Coding::zstd, Coding::gzip};
    const std::string_view best = codingName(accepted.best(kOffered));
    QTEST(QByteArray(best.data(), static_cast<int>(best.size())), "best");
}

void HttpValuesTest::comparesEtags()
{
    constexpr auto kWeak = EtagComparison::weak;
    constexpr auto kStrong = EtagComparison::strong;
    QVERIFY(etagListed("\"a\"", "\"a\"", kWeak));
    QVERIFY(etagListed("\"a\"", "\"a\"", kStrong));
    QVERIFY(etagListed("W/\"a\"", "\"a\"", kWeak));
    QVERIFY(!etagListed("W/\"a\"", "\"a\"", kStrong));
    QVERIFY(!etagListed("\"a\"", "W/\"a\"", kStrong));
    QVERIFY(etagListed("\"x\" , W/\"y,z\",,\"a\"", "\"a\"", kWeak));
    QVERIFY(etagListed("\"y,z\"", "\"y,z\"", kWeak));
    QVERIFY(!etagListed("\"x\", \"y\"", "\"a\"", kWeak));
    QVERIFY(etagListed(" * ", "\"a\"", kStrong));
    QVERIFY(!etagListed("a", "\"a\"", kWeak));
    QVERIFY(!etagListed("\"a", "\"a\"", kWeak));
    QVERIFY(!etagListed("w/\"a\"", "\"a\"", kWeak));
    QVERIFY(!etagListed("\"\"", "", kWeak));
    QVERIFY(!etagListed("", "\"a\"", kWeak));
}

void HttpValuesTest::evaluatesConditions()
{
    const Validators file{"\"a\"", kExample};
    const std::string same = dateText(kExample);
    const std::string before = dateText(kExample - 1);
    const auto get = [&file](const Conditions &conditions) { return evaluate(conditions, file, true, kNow); };
    const auto put = [&file](const Conditions &conditions) { return evaluate(conditions, file, false, kNow); };
    const auto ifNoneMatch = [](std::string_view tags) {
        Conditions conditions;
        conditions.ifNoneMatch = tags;
        return conditions;
    };
    const auto ifMatch = [](std::string_view tags) {
        Conditions conditions;
        conditions.ifMatch = tags;
        return conditions;
    };
    const auto since = [](Conditions conditions, std::string_view date) {
        conditions.ifModifiedSince = date;
        return conditions;
    };
    const auto unlessSince = [](Conditions conditions, std::string_view date) {
        conditions.ifUnmodifiedSince = date;
        return conditions;
    };

    QCOMPARE(get({}), Precondition::proceed);
    QCOMPARE(get(ifNoneMatch("W/\"a\"")), Precondition::notModified);
    QCOMPARE(put(ifNoneMatch("*")), Precondition::failed);
    QCOMPARE(get(ifNoneMatch("\"b\"")), Precondition::proceed);
    QCOMPARE(get(since({}, same)), Precondition::notModified);
    QCOMPARE(get(since({}, before)), Precondition::proceed);
    QCOMPARE(put(since({}, same)), Precondition::proceed);
    QCOMPARE(get(since({}, "yesterday")), Precondition::proceed);
    QCOMPARE(get(ifMatch("\"b\"")), Precondition::failed);
    QCOMPARE(get(ifMatch("W/\"a\"")), Precondition::failed);
    QCOMPARE(get(unlessSince({}, same)), Precondition::proceed);
    QCOMPARE(get(unlessSince({}, before)), Precondition::failed);
    // A tag decides where there is a date too.
    QCOMPARE(get(since(ifNoneMatch("\"b\""), same)), Precondition::proceed);
    QCOMPARE(get(unlessSince(ifMatch("\"a\""), before)), Precondition::proceed);
    Conditions both = ifMatch("\"a\"");
    both.ifNoneMatch = "\"a\"";
    QCOMPARE(get(both), Precondition::notModified);
}

void HttpValuesTest::appliesRanges()
{
    const Validators file{"\"a\"", kExample};
    QVERIFY(rangeApplies("\"a\"", file, kNow));
    QVERIFY(!rangeApplies("W/\"a\"", file, kNow));
    QVERIFY(!rangeApplies("\"b\"", file, kNow));
    QVERIFY(rangeApplies(dateText(kExample), file, kNow));
    QVERIFY(!rangeApplies(dateText(kExample + 1), file, kNow));
    QVERIFY(!rangeApplies(dateText(kExample), file, kExample));
    QVERIFY(rangeApplies(dateText(kExample), file, kExample + 1));
    QVERIFY(!rangeApplies("", file, kNow));
    QVERIFY(!rangeApplies("\"a\"", Validators{}, kNow));
}

QTEST_APPLESS_MAIN(HttpValuesTest)
#include "http_values_test.moc"
