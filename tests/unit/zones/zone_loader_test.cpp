// SPDX-License-Identifier: GPL-3.0-or-later
// Zone files: what is read, how it is kept, and every kind of mistake with its line.
#include "zone_text.h"

#include <QTemporaryDir>
#include <QTest>

#include <fstream>

#include <sys/stat.h>

using namespace mainstay;
using namespace std::string_literals;
using tests::dump;
using tests::load;
using tests::loadBelowTop;
using tests::texts;

namespace {

bool hasLine(const snapshot::Zone &zone, const std::string &line)
{
    return ("\n" + dump(zone)).find("\n" + line + "\n") != std::string::npos;
}

void write(const QString &file, const std::string &text)
{
    std::ofstream(file.toStdString(), std::ios::binary) << text;
}

zones::LoadedZone loadFile(const QString &file)
{
    return zones::loadZone({.apex = wire::Name::parse("example.org.").value(), .path = "zone.test"},
                           file.toStdString());
}

} // namespace

class ZoneLoaderTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aZone()
    {
        const auto loaded = load("$ORIGIN example.org.\n$TTL 1h\n@ IN SOA ns1 admin 7 2 3 4 60\n  NS ns1\n"
                                 "ns1 A 192.0.2.1\n    30 AAAA 2001:db8::1\nA.b.C MX ( 10\n ns1 ) ; spread\n");
        QVERIFY2(loaded.zone, texts(loaded.problems).c_str());
        QVERIFY(loaded.problems.empty());
        QCOMPARE(loaded.zone->serial(), 7u);
        QCOMPARE(loaded.zone->counts().names, std::size_t{3});
        QCOMPARE(loaded.zone->counts().records, std::size_t{5});
        QCOMPARE(loaded.zone->negativeSoa().front().ttl(), 60u);
        QVERIFY(hasLine(*loaded.zone, "ns1.example.org. 28 30 20010db8000000000000000000000001"));
        QVERIFY(hasLine(*loaded.zone, "A.b.C.example.org. 15 3600 000a036e7331076578616d706c65036f726700"));
        QVERIFY(hasLine(*loaded.zone, "b.c.example.org. empty"));
        QVERIFY(hasLine(*loaded.zone, "c.example.org. empty"));
    }

    void recordsAreASet()
    {
        const auto loaded = loadBelowTop("a A 192.0.2.9\nb A 192.0.2.1\na A 192.0.2.3\nA A 192.0.2.9\n");
        QVERIFY(loaded.zone);
        QVERIFY(loaded.problems.empty());
        QVERIFY(dump(*loaded.zone).find("a.example.org. 1 300 c0000203\na.example.org. 1 300 c0000209\nb.") !=
                std::string::npos);
    }

    void ttls()
    {
        // None stated: the SOA's minimum, then the last one.
        const auto loaded =
            load("@ SOA ns1 admin 1 2 3 4 60\n@ NS ns1\nns1 A 192.0.2.1\nx 90 A 192.0.2.1\ny A 192.0.2.1\n");
        QVERIFY(loaded.zone);
        QCOMPARE(loaded.problems.size(), std::size_t{1});
        QCOMPARE(loaded.problems[0].code, "zone.no-ttl"s);
        QVERIFY(hasLine(*loaded.zone, "ns1.example.org. 1 60 c0000201"));
        QVERIFY(hasLine(*loaded.zone, "y.example.org. 1 90 c0000201"));

        for (const char *text : {"a 50 A 192.0.2.1\na 40 A 192.0.2.1\n", "a 40 A 192.0.2.1\na 50 A 192.0.2.1\n"})
            QVERIFY(hasLine(*loadBelowTop(text).zone, "a.example.org. 1 40 c0000201"));

        const auto mixed = loadBelowTop("a 50 A 192.0.2.1\na 40 A 192.0.2.2\nb 3000000000 A 192.0.2.1\n");
        QVERIFY(mixed.zone);
        QCOMPARE(mixed.problems.size(), std::size_t{2});
        QVERIFY(hasLine(*mixed.zone, "a.example.org. 1 40 c0000201"));
        QVERIFY(hasLine(*mixed.zone, "b.example.org. 1 2147483647 c0000201"));
    }

    void windowsLineEndsAndByteOrderMark()
    {
        const auto loaded = load("\xef\xbb\xbf$TTL 300\r\n@ SOA ns1 admin 1 2 3 4 60\r\n@ NS ns1\r\nns1 A 192.0.2.1");
        QVERIFY2(loaded.zone, texts(loaded.problems).c_str());
    }

    void generate()
    {
        const auto loaded =
            loadBelowTop("$GENERATE 1-3 h$ A 192.0.2.$\n$ORIGIN sub ; relative\n$generate 8-8 h$ 5 A 192.0.2.$\n"
                         "last A 192.0.2.1\nbad A\n");
        QVERIFY(!loaded.zone);
        QCOMPARE(loaded.problems.size(), std::size_t{1});
        QCOMPARE(loaded.problems[0].source.line, 9u);
        const auto good =
            loadBelowTop("$GENERATE 1-3 h$ A 192.0.2.$\n$ORIGIN sub ; relative\n$generate 8-8 h$ 5 A 192.0.2.$\n");
        QVERIFY2(good.zone, texts(good.problems).c_str());
        QVERIFY(hasLine(*good.zone, "h3.example.org. 1 300 c0000203"));
        QVERIFY(hasLine(*good.zone, "h8.sub.example.org. 1 5 c0000208"));
    }

    void includes()
    {
        QTemporaryDir folder;
        QVERIFY(QDir(folder.path()).mkpath(QStringLiteral("zones/parts")));
        const QString file = folder.filePath(QStringLiteral("zones/main.zone"));
        write(file, std::string(tests::kTop) + "$INCLUDE parts/a.inc sub.example.org.\nafter A 192.0.2.7\n");
        write(folder.filePath(QStringLiteral("zones/parts/a.inc")), "x A 192.0.2.5\n$INCLUDE b.inc\n");
        write(folder.filePath(QStringLiteral("zones/parts/b.inc")), "y A 192.0.2.6\n");
        const auto loaded = loadFile(file);
        QVERIFY2(loaded.zone, texts(loaded.problems).c_str());
        QVERIFY(hasLine(*loaded.zone, "x.sub.example.org. 1 300 c0000205"));
        QVERIFY(hasLine(*loaded.zone, "y.sub.example.org. 1 300 c0000206"));
        QVERIFY(hasLine(*loaded.zone, "after.example.org. 1 300 c0000207"));

        write(file, std::string(tests::kTop) + "$INCLUDE parts/b.inc\nx1 A 1\nx2 A 2\n");
        const auto faulty = loadFile(file); // reading goes on behind an $INCLUDE as it does elsewhere
        QCOMPARE(faulty.problems.size(), std::size_t{2});
        QCOMPARE(faulty.problems[1].source.line, faulty.problems[0].source.line + 1);
        write(file, std::string(tests::kTop) + "$INCLUDE parts/a.inc sub.example.org.\nafter A 192.0.2.7\n");

        write(folder.filePath(QStringLiteral("secret")), "y A 192.0.2.6\n");
        write(folder.filePath(QStringLiteral("zones/parts/b.inc")), "$INCLUDE ../../secret\n");
        const auto outside = loadFile(file);
        QVERIFY(!outside.zone);
        QCOMPARE(outside.problems[0].code, "zone.include-outside"s);
        QVERIFY(outside.problems[0].source.file.ends_with("b.inc"));
        QCOMPARE(outside.problems[0].source.line, 1u);

        write(folder.filePath(QStringLiteral("zones/parts/b.inc")), "$INCLUDE b.inc\n");
        QCOMPARE(loadFile(file).problems[0].code, "zone.include-too-deep"s);
        write(folder.filePath(QStringLiteral("zones/parts/b.inc")), "$INCLUDE gone.inc\n");
        QCOMPARE(loadFile(file).problems[0].code, "zone.unreadable"s);
        QCOMPARE(load("$INCLUDE a\n").problems[0].code, "zone.include-outside"s);
    }

    void unreadableFile()
    {
        QTemporaryDir folder;
        const QString pipe = folder.filePath(QStringLiteral("pipe")); // nobody writes to it
        QVERIFY(::mkfifo(pipe.toLocal8Bit().constData(), 0600) == 0);
        for (const QString &file : {folder.filePath(QStringLiteral("none")), folder.path(), pipe}) {
            const auto loaded = loadFile(file);
            QVERIFY(!loaded.zone);
            QCOMPARE(loaded.problems.size(), std::size_t{1});
            QCOMPARE(loaded.problems[0].code, "zone.unreadable"s);
            QVERIFY(loaded.problems[0].source.file == file.toStdString());
        }
    }

    // Longer than what is read at a time, with records, comments and directives across every boundary.
    void largeFile()
    {
        std::string text(tests::kTop);
        const std::size_t wanted = 9'000'000;
        std::size_t count = 0;
        while (text.size() < wanted) {
            text += "h" + std::to_string(count) + " TXT ( \"" + std::string(200, 'x') + "\"\n ; between\n)\n";
            if (++count % 1000 == 0)
                text +=
                    "; " + std::string(3000, 'c') + "\n$GENERATE 1-2 g" + std::to_string(count) + "-$ A 192.0.2.$\n";
        }
        const auto loaded = load(text);
        QVERIFY2(loaded.zone, texts(loaded.problems).c_str());
        QCOMPARE(loaded.zone->counts().records, 3 + count + count / 1000 * 2);

        const auto lines = static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n'));
        const auto bad = load(text + "bad A\n");
        QCOMPARE(bad.problems.size(), std::size_t{1});
        QCOMPARE(bad.problems[0].source.line, lines + 1);
    }

    void longComments()
    {
        std::string text(tests::kTop);
        for (int i = 0; i < 60000; ++i)
            text += ";" + std::string(120, 'x') + "\n";
        const auto loaded = load(text + "last A 192.0.2.1\n");
        QVERIFY2(loaded.zone, texts(loaded.problems).c_str());
        QVERIFY(hasLine(*loaded.zone, "last.example.org. 1 300 c0000201"));
        const auto bad = load(text + "bad A\n");
        QCOMPARE(bad.problems[0].source.line, 60005u);
        QCOMPARE(load(text + std::string(5'000'000, 'x')).problems.back().code, "zone.line-too-long"s);
    }

    void mistakes_data()
    {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<std::string>("code");
        QTest::addColumn<unsigned>("line");
        const auto row = [](const char *code, const std::string &text, unsigned line) {
            QTest::newRow((code + " "s + text).c_str()) << text << std::string(code) << line;
        };
        row("zone.syntax", "a A 192.0.2.256\n", 5);
        row("zone.syntax", "\na NOTYPE x\n", 6);
        row("zone.syntax", "$NONSENSE\n", 5);
        row("zone.syntax", "a TXT ( x\n", 6); // where the file ends
        row("zone.origin-malformed", "$ORIGIN a..b\n", 5);
        row("zone.generate-malformed", "$GENERATE 1 a A b\n", 5);
        row("zone.generate-too-many", "$GENERATE 1-2000000 a A b\n", 5);
        row("zone.syntax", "a CH A 192.0.2.1\n", 5);
        row("zone.meta-type", "a TYPE41 \\# 0\n", 5);
        row("zone.meta-type", "a TYPE255 \\# 0\n", 5);
        row("zone.malformed-data", "a NS \\# 2 c000\n", 5);
        row("zone.out-of-zone", "a.example.com. A 192.0.2.1\n", 5);
        row("zone.soa-below-top", "a SOA a b 1 2 3 4 5\n", 5);
        row("zone.several-soas", "@ SOA ns1 admin 2 2 3 4 60\n", 5);
        row("zone.cname-and-other-data", "a CNAME b\na A 192.0.2.1\n", 6);
        row("zone.cname-and-other-data", "a A 192.0.2.1\nb A 192.0.2.1\na CNAME b\n", 7);
        row("zone.cname-and-other-data", "@ CNAME b\n", 5);
        row("zone.several-cnames", "a CNAME b\na CNAME c\n", 6);
        row("zone.several-dnames", "a DNAME b\na DNAME c\n", 6);
        row("zone.names-below-dname", "a DNAME b\nx.a A 192.0.2.1\n", 5);
        row("zone.names-below-dname", "y.x.a A 192.0.2.1\na DNAME b\n", 6);
        row("zone.dname-and-delegation", "a DNAME b\na NS ns1\n", 6);
        row("zone.wildcard-cut", "* NS ns1\n", 5);
        row("zone.wildcard-cut", "*.a DNAME b\n", 5);
        row("zone.ds-without-delegation", "a DS 1 8 2 00\n", 5);
        row("zone.signed-elsewhere", "a NSEC b A\n", 5);
        row("zone.missing-glue", "a NS ns.a\n", 5);
    }
    void mistakes()
    {
        QFETCH(const std::string, text);
        QFETCH(const std::string, code);
        QFETCH(const unsigned, line);
        const auto loaded = loadBelowTop(text);
        QCOMPARE(texts(loaded.problems).empty(), false);
        QCOMPARE(loaded.problems[0].code, code);
        QCOMPARE(loaded.problems[0].source.text(), "test.zone:" + std::to_string(line));
        QCOMPARE(loaded.problems[0].path, "zone.test"s);
        QVERIFY(!loaded.problems[0].remedy.empty());
        QCOMPARE(loaded.problems.size(), std::size_t{1});
        const bool isWarning = loaded.problems[0].severity == Severity::warning;
        QCOMPARE(loaded.zone != nullptr, isWarning);
    }

    void allMistakesAtOnce()
    {
        const auto loaded = load("$TTL 1\na A x\nb A y\nc.example.com. A 192.0.2.1\n");
        QVERIFY(!loaded.zone);
        QCOMPARE(loaded.problems.size(), std::size_t{5}); // and neither SOA nor NS
        QCOMPARE(loaded.problems[3].code, "zone.no-soa"s);
        QCOMPARE(loaded.problems[4].code, "zone.no-ns"s);
    }

    void thousandsOfMistakesAreCounted()
    {
        std::string text(tests::kTop);
        for (int i = 0; i < 3000; ++i)
            text += "a A x\n";
        const auto loaded = load(text);
        QCOMPARE(loaded.problems.size(), std::size_t{201});
        QCOMPARE(loaded.problems.back().message, "2800 more problems are not shown"s);
    }

    void rrsetLargerThanAMessage()
    {
        std::string text(tests::kTop);
        for (int i = 0; i < 5000; ++i)
            text += "a A 10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256) + "\n";
        const auto loaded = load(text);
        QVERIFY(!loaded.zone);
        QCOMPARE(loaded.problems[0].code, "zone.rrset-too-large"s);
    }

    void otherApexes()
    {
        QVERIFY(load("@ 60 SOA a b 1 2 3 4 5\n@ 60 NS a.\n", {}, ".").zone);
        const auto reverse = load("$TTL 60\n@ SOA a. b. 1 2 3 4 5\n@ NS a.\n$GENERATE 0-255 $ PTR h$.example.org.\n",
                                  {}, "2.0.192.in-addr.arpa.");
        QVERIFY(reverse.zone);
        QCOMPARE(reverse.zone->counts().names, std::size_t{257});
    }
};

QTEST_APPLESS_MAIN(ZoneLoaderTest)
#include "zone_loader_test.moc"
