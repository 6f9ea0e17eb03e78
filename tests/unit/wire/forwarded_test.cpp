// SPDX-License-Identifier: GPL-3.0-or-later
// What proxies and clients say of themselves, garbage above all.
#include "wire/basic_credentials.h"
#include "wire/forwarded.h"

#include <QTest>

#include <random>
#include <string>

using namespace mainstay;
using namespace mainstay::wire;

namespace {

// All elements from the end on: addresses, or "-".
template <class Take>
std::string trail(std::string_view list, Take take)
{
    std::string found;
    for (int i = 0; !list.empty() && i < 100; ++i) {
        const std::size_t before = list.size();
        found += (found.empty() ? "" : " ") + take(list);
        if (list.size() >= before)
            return "stands still";
    }
    return found;
}

std::string textOf(const std::optional<IpAddress> &address)
{
    return address ? address->text() : "-";
}

} // namespace

class ForwardedTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void forwardedFor_data()
    {
        QTest::addColumn<QByteArray>("list");
        QTest::addColumn<QByteArray>("found");
        const auto row = [](const char *list, const char *found) {
            QTest::newRow(list) << QByteArray(list) << QByteArray(found);
        };
        row("192.0.2.1", "192.0.2.1");
        row("6.6.6.6, 192.0.2.1 ,\t10.0.0.1", "10.0.0.1 192.0.2.1 6.6.6.6");
        row("192.0.2.1:80, 2001:db8::1, [2001:db8::2], [2001:db8::3]:443",
            "2001:db8::3 2001:db8::2 2001:db8::1 192.0.2.1");
        row("unknown, _hidden, 192.0.2.1", "192.0.2.1 - -");
        for (const char *bad : {"192.0.2", "192.0.2.1:", "192.0.2.1:x", "192.0.2.1:123456", "[192.0.2.1]",
                                "[2001:db8::1", "2001:db8::1]", "[]", "[2001:db8::1]80", "[2001:db8::1]:",
                                "1.2.3.4 5.6.7.8", "\"1.2.3.4\"", "0x7f.0.0.1", "127.1", "1.2.3.4/8", " "})
            row(bad, "-");
        row(",,", "- -"); // before the first comma there is nothing
    }
    void forwardedFor()
    {
        QFETCH(QByteArray, list);
        QFETCH(QByteArray, found);
        const auto take = [](std::string_view &rest) { return textOf(takeLastForwardedFor(rest)); };
        QCOMPARE(QByteArray::fromStdString(trail({list.data(), std::size_t(list.size())}, take)), found);
    }

    void forwarded_data()
    {
        QTest::addColumn<QByteArray>("list");
        QTest::addColumn<QByteArray>("found");
        const auto row = [](const char *list, const char *found) {
            QTest::newRow(list) << QByteArray(list) << QByteArray(found);
        };
        row("for=192.0.2.1", "192.0.2.1/");
        row("For=192.0.2.1; PROTO=https ;by=x, for=\"[2001:db8::1]:80\";host=\"a,b;c\"",
            "2001:db8::1/ 192.0.2.1/https");
        row("for=192.0.2.1, proto=http", "-/http"); // and nobody knows who said what is before it
        row("for=192.0.2.1, for=_hidden", "-/");
        row("for=\"_x\\\"y,for=1.2.3.4\", for=192.0.2.1", "192.0.2.1/ -/");
        for (const char *bad : {"for", "for=", "=192.0.2.1", "for=192.0.2.1;", "for=\"192.0.2.1", "for=192.0.2.1\"",
                                "for=192.0.2.1;for=192.0.2.2", "for=192.0.2.1 proto=http", "for = 192.0.2.1",
                                "for=\"192.0.2.1\\\\\"", "192.0.2.1", ";for=192.0.2.1", "for=192.0.2.1;;proto=http"})
            row(bad, QByteArray(bad) == "for=192.0.2.1;" ? "192.0.2.1/" : "-/");
    }
    void forwarded()
    {
        QFETCH(QByteArray, list);
        QFETCH(QByteArray, found);
        const auto take = [](std::string_view &rest) {
            const ForwardedElement element = takeLastForwarded(rest);
            return textOf(element.client) + "/" + std::string(element.protocol);
        };
        QCOMPARE(QByteArray::fromStdString(trail({list.data(), std::size_t(list.size())}, take)), found);
    }

    void forwardedHost()
    {
        const auto host = [](std::string_view list) { return std::string(takeLastForwarded(list).host); };
        QCOMPARE(host("host=a, for=192.0.2.1;Host=\"www.test:8080\";proto=https"), std::string("www.test:8080"));
        QCOMPARE(host("for=192.0.2.1;host=www.test, for=192.0.2.1"), std::string());
        QCOMPARE(host("host=a;host=b"), std::string());
        QCOMPARE(host("host=\"a\\b\""), std::string());
    }

    void garbageEnds()
    {
        constexpr std::string_view kLetters = "for=\",;[]:.1\\ -_p\x80";
        std::mt19937 random(1); // NOLINT: the same garbage each time
        for (int i = 0; i < 20'000; ++i) {
            std::string text(random() % 24, ' ');
            for (char &c : text)
                c = kLetters[random() % kLetters.size()];
            const auto takeOne = [](std::string_view &rest) { return textOf(takeLastForwardedFor(rest)); };
            const auto takeOther = [](std::string_view &rest) { return textOf(takeLastForwarded(rest).client); };
            QVERIFY2(trail(text, takeOne) != "stands still", text.c_str());
            QVERIFY2(trail(text, takeOther) != "stands still", text.c_str());
            (void)parseBasicCredentials("Basic " + text);
        }
    }

    void credentials()
    {
        const auto read = [](std::string_view field) {
            const auto found = parseBasicCredentials(field);
            return found ? found->user + "|" + found->password : std::string("-");
        };
        QCOMPARE(read("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), std::string("Aladdin|open sesame"));
        QCOMPARE(read("bASIC  YTpiOmM="), std::string("a|b:c"));
        QCOMPARE(read("Basic YTo="), std::string("a|"));
        for (const char *bad :
             {"", "Basic", "Basic ", "BasicYTpi", "Bearer YTpi", "Basic YTpi=", "Basic YTp", "Basic Y-pi",
              "Basic YTpi YTpi", "Basic OmI=", "Basic YWI=", "Basic YTph\n", "Basic YTpiOmN=", "Basic YQph"})
            QCOMPARE(read(bad), std::string("-"));
        QCOMPARE(read("Basic " + std::string(kMostCredentials, 'A')), std::string("-"));
    }
};

QTEST_APPLESS_MAIN(ForwardedTest)
#include "forwarded_test.moc"
