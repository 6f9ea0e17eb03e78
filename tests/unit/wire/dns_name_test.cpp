// SPDX-License-Identifier: GPL-3.0-or-later
// Names: text and wire form, case, canonical order, relations.
#include "wire/dns_name.h"

#include <QTest>

#include <string>
#include <vector>

using namespace mainstay;
using wire::Name;
using wire::NameView;

namespace {

Name name(std::string_view text)
{
    return Name::parse(text).value();
}

std::string wireOf(std::string_view text)
{
    const Name parsed = name(text);
    return {reinterpret_cast<const char *>(parsed.view().data()), parsed.view().size()};
}

std::optional<NameView> read(std::string_view bytes)
{
    return NameView::read({reinterpret_cast<const std::uint8_t *>(bytes.data()), bytes.size()});
}

} // namespace

class DnsNameTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void textToWire()
    {
        using namespace std::string_literals;
        QCOMPARE(wireOf("."), "\0"s);
        QCOMPARE(wireOf("www.Example.org."), "\3www\7Example\3org\0"s);
        QCOMPARE(wireOf("a\\.b.c."), "\3a.b\1c\0"s);
        QCOMPARE(wireOf("\\000\\255\\\\."), "\3\0\377\\\0"s);
    }

    void wireToText()
    {
        for (const char *text :
             {".", "www.Example.org.", "a\\.b.c.", "\\000\\255\\\\.", "\\@.\\\"\\(\\)\\;\\$.", "*.x."})
            QCOMPARE(name(text).text(), std::string(text));
    }

    void relativeNamesGetTheOrigin()
    {
        const Name origin = name("example.org.");
        QCOMPARE(Name::parse("www", origin)->text(), std::string("www.example.org."));
        QCOMPARE(Name::parse("@", origin)->text(), std::string("example.org."));
        QCOMPARE(Name::parse("www.", origin)->text(), std::string("www."));
    }

    void malformedText_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("empty") << QString();
        QTest::newRow("empty label") << QStringLiteral("a..b.");
        QTest::newRow("leading dot") << QStringLiteral(".a.");
        QTest::newRow("long label") << QString(64, u'a');
        QTest::newRow("long name") << (QString(63, u'a') + u'.').repeated(4);
        QTest::newRow("escape at the end") << QStringLiteral("a\\");
        QTest::newRow("escape too large") << QStringLiteral("\\256");
        QTest::newRow("escape too short") << QStringLiteral("\\25");
    }
    void malformedText()
    {
        QFETCH(const QString, text);
        const auto parsed = Name::parse(text.toStdString());
        QVERIFY(!parsed);
        QCOMPARE(parsed.error().code, std::string("name.malformed"));
    }

    void longestName()
    {
        std::string text;
        for (const int size : {63, 63, 63, 61})
            text.append(static_cast<std::size_t>(size), 'a').append(".");
        QCOMPARE(name(text).view().size(), wire::kMaxNameSize);
        QVERIFY(!Name::parse("b." + text));
        QVERIFY(!Name::parse("b", name(text)));
    }

    void readsOnlyWellFormedBytes()
    {
        using namespace std::string_view_literals;
        QCOMPARE(read("\1a\0rest"sv)->size(), std::size_t{3});
        QVERIFY(!read(""sv));
        QVERIFY(!read("\1a"sv));
        QVERIFY(!read("\5a\0"sv));
        QVERIFY(!read("\xc0\0"sv));   // a pointer
        QVERIFY(!read("\100aaaa"sv)); // RFC 6891 5: an extended label
        std::string tooLong;
        for (int i = 0; i < 128; ++i)
            tooLong += "\1a";
        QVERIFY(!read(tooLong + std::string(1, '\0')));
    }

    void caseIsKeptAndIgnored()
    {
        QVERIFY(name("WWW.example.ORG.").view() == name("www.EXAMPLE.org.").view());
        QCOMPARE(name("WWW.example.ORG.").view().hash(), name("www.EXAMPLE.org.").view().hash());
        QVERIFY(name("a.").view() != name("b.").view());
        // Only letters: '@' and '[' and what differs from a letter in the same bit stay themselves.
        QVERIFY(name("\\064.").view() != name("`.").view());
        QVERIFY(name("[.").view() != name("{.").view());
        QVERIFY(name("\\193aaaaaaaaaa.").view() != name("\\225aaaaaaaaaa.").view());
        QVERIFY(name("aaaaaaaa\\193.").view() != name("aaaaaaaa\\225.").view());
    }

    // The example of RFC 4034 6.1.
    void canonicalOrder()
    {
        const std::vector<Name> ordered = {
            name("example."),         name("a.example."),      name("yljkjljk.a.example."),
            name("Z.a.example."),     name("zABC.a.EXAMPLE."), name("z.example."),
            name("\\001.z.example."), name("*.z.example."),    name("\\200.z.example.")};
        for (std::size_t i = 0; i < ordered.size(); ++i) {
            for (std::size_t j = 0; j < ordered.size(); ++j)
                QVERIFY((ordered[i] <=> ordered[j]) == (i <=> j));
        }
    }

    void relations()
    {
        const Name www = name("www.Example.org.");
        QVERIFY(www.view().isAtOrBelow(name("example.org.")));
        QVERIFY(www.view().isAtOrBelow(www));
        QVERIFY(www.view().isAtOrBelow(NameView()));
        QVERIFY(!www.view().isAtOrBelow(name("w.example.org.")));
        // The same octets at the end are no ancestor when they begin within a label.
        QVERIFY(!name("x\\001a.").view().isAtOrBelow(name("a.")));
        QVERIFY(name("*.a.").view().isWildcard());
        QVERIFY(!name("*a.").view().isWildcard());
        QVERIFY(!name("a.*.").view().isWildcard());
        QCOMPARE(www.view().parent().text(), std::string("Example.org."));
        QCOMPARE(www.view().without(3).text(), std::string("."));
        QCOMPARE(www.view().labelCount(), std::size_t{3});
        QCOMPARE(www.view().commonLabels(name("a.b.EXAMPLE.org.")), std::size_t{2});
        QCOMPARE(www.view().commonLabels(name("www.example.com.")), std::size_t{0});
    }
};

QTEST_APPLESS_MAIN(DnsNameTest)
#include "dns_name_test.moc"
