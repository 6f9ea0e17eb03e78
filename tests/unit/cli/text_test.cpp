// SPDX-License-Identifier: GPL-3.0-or-later
// Quantities, tables and what keeps a terminal safe.
#include "cli/format.h"
#include "cli/table.h"
#include "cli/terminal.h"

#include <QTest>

using namespace mainstay;
using namespace mainstay::cli;

class TextTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void counts_data();
    void counts();
    void bytes();
    void latencies();
    void spans();
    void tables();
    void colours();
    void controlCharacters();
    void cutting();
};

void TextTest::counts_data()
{
    QTest::addColumn<double>("count");
    QTest::addColumn<QString>("text");
    const auto row = [](double count, const char *text) { QTest::newRow(text) << count << QString::fromUtf8(text); };
    row(0, "0");
    row(1, "1");
    row(0.5, "0.5");
    row(9.94, "9.9");
    row(42, "42");
    row(999, "999");
    row(999.6, "1.00k");
    row(1234, "1.23k");
    row(12'340, "12.3k");
    row(123'400, "123k");
    row(999'600, "1.00M");
    row(4'560'000, "4.56M");
}

void TextTest::counts()
{
    QFETCH(double, count);
    QFETCH(QString, text);
    QCOMPARE(countText(count), text);
}

void TextTest::bytes()
{
    QCOMPARE(bytesText(0), QStringLiteral("0 B"));
    QCOMPARE(bytesText(999), QStringLiteral("999 B"));
    QCOMPARE(bytesText(1023), QStringLiteral("1.00 KiB"));
    QCOMPARE(bytesText(1536), QStringLiteral("1.50 KiB"));
    QCOMPARE(bytesText(3.5 * 1024 * 1024 * 1024), QStringLiteral("3.50 GiB"));
}

void TextTest::latencies()
{
    QCOMPARE(latencyText(0), QStringLiteral("0 µs"));
    QCOMPARE(latencyText(850), QStringLiteral("850 µs"));
    QCOMPARE(latencyText(1'250), QStringLiteral("1.25 ms"));
    QCOMPARE(latencyText(3'100'000), QStringLiteral("3.10 s"));
    QCOMPARE(latencyText(125'000'000), QStringLiteral("2m 5s"));
}

void TextTest::spans()
{
    QCOMPARE(spanText(Seconds(59)), QStringLiteral("59s"));
    QCOMPARE(spanText(Seconds(723)), QStringLiteral("12m 3s"));
    QCOMPARE(spanText(Seconds(5 * 3600 + 120)), QStringLiteral("5h 2m"));
    QCOMPARE(spanText(Seconds(3 * 86'400 + 4 * 3600)), QStringLiteral("3d 4h"));
    const WallTime now(Seconds(1'700'000'000));
    QCOMPARE(agoText(now - Seconds(3), now), QStringLiteral("3s ago"));
    QCOMPARE(agoText(now + Seconds(40), now), QStringLiteral("in 40s"));
}

void TextTest::tables()
{
    Table table({{QStringLiteral("NAME")}, {QStringLiteral("N"), Align::right}, {QStringLiteral("NOTE")}});
    QVERIFY(table.isEmpty());
    table.add({QStringLiteral("a"), QStringLiteral("5"), QString()});
    table.add({QStringLiteral("longer"), QStringLiteral("1234"), QStringLiteral("x")});
    QCOMPARE(table.lines(false), QStringList({QStringLiteral("NAME       N  NOTE"), QStringLiteral("a          5"),
                                              QStringLiteral("longer  1234  x")}));
}

void TextTest::colours()
{
    Table table({{QStringLiteral("A")}, {QStringLiteral("B")}});
    table.add({{QStringLiteral("up"), Style::good}, QStringLiteral("x")});
    QVERIFY(!table.lines(false).join(QString()).contains(QChar(0x1b)));
    const QString coloured = table.lines(true).last();
    QVERIFY(coloured.contains(QStringLiteral("\x1b[32mup\x1b[0m  x")));
}

void TextTest::controlCharacters()
{
    QCOMPARE(harmless(QStringLiteral("a\x1b[2Jb\nc")), QStringLiteral("a\uFFFD[2Jb\uFFFDc"));
    QCOMPARE(harmless(QStringLiteral("gr\u00fc\u00df \u202e")), QStringLiteral("gr\u00fc\u00df \uFFFD"));
    Table table({{QStringLiteral("A")}});
    table.add({QStringLiteral("\x1b]0;title\x07")});
    QVERIFY(!table.lines(false).last().contains(QChar(0x1b)));
}

void TextTest::cutting()
{
    QCOMPARE(cutToWidth(QStringLiteral("abcdef"), 3), QStringLiteral("abc"));
    QCOMPARE(cutToWidth(QStringLiteral("a\x1b[1;31mbcd\x1b[0m"), 3), QStringLiteral("a\x1b[1;31mbc\x1b[0m"));
    QCOMPARE(cutToWidth(QStringLiteral("ab"), 3), QStringLiteral("ab"));
}

QTEST_APPLESS_MAIN(TextTest)
#include "text_test.moc"
