// SPDX-License-Identifier: GPL-3.0-or-later
// Texts that Markdown would take for its own, tables, and links.
#include "reference/markdown.h"

#include "reference/sections.h"

#include <QTest>

using namespace mainstay::reference;

class MarkdownTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void proseEscapes_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("markdown");
        const auto row = [](const char *text, const char *markdown) {
            QTest::newRow(text) << QString::fromUtf8(text) << QString::fromUtf8(markdown);
        };
        row("Threads; 0 means one.", "Threads; 0 means one.");
        row("as \"[::]:443\" or \"*\"", "as `\"[::]:443\"` or `\"*\"`");
        row("a `*` and a *", "a `*` and a \\*");
        row("STATE_DIRECTORY and _this_", "STATE_DIRECTORY and \\_this\\_");
        row("a < b, [c], d & e, ~f, \\g", "a \\< b, \\[c\\], d \\& e, \\~f, \\\\g");
        row("one \" alone, one ` alone", "one \" alone, one ` alone");
        row("\"a `b` c\"", "`` \"a `b` c\" ``");
        row("", "");
    }
    void proseEscapes()
    {
        QFETCH(QString, text);
        QFETCH(QString, markdown);
        QCOMPARE(QString::fromStdString(prose(text.toStdString())), markdown);
    }

    void tables()
    {
        Table table({"a", "b"});
        QVERIFY(table.isEmpty());
        table.add({code("x|y"), "one\ntwo"});
        table.add({"", prose("\"p|q\"")});
        QVERIFY(!table.isEmpty());
        QCOMPARE(table.text(), std::string("| a | b |\n"
                                           "| --- | --- |\n"
                                           "| `x\\|y` | one two |\n"
                                           "| | `\"p\\|q\"` |\n"
                                           "\n"));
    }

    void codes()
    {
        QCOMPARE(code("a"), std::string("`a`"));
        QCOMPARE(code(""), std::string());
        QCOMPARE(code("a`b"), std::string("`` a`b ``"));
        QCOMPARE(codeBlock("a\nb\n\n", "toml"), std::string("```toml\na\nb\n```\n\n"));
    }

    void links()
    {
        QCOMPARE(anchorOf("`[backend.NAME.server.NAME]`"), std::string("backendnameservername"));
        QCOMPARE(anchorOf("[[site.NAME.route]]"), std::string("sitenameroute"));
        QCOMPARE(anchorOf("server.set_state"), std::string("serverset_state"));
        QCOMPARE(anchorOf("log tail"), std::string("log-tail"));
        QCOMPARE(linkTo("log tail", "the log"), std::string("[the log](#log-tail)"));
    }

    void quantities()
    {
        QCOMPARE(spaced("250ms"), std::string("250 ms"));
        QCOMPARE(spaced("1MiB"), std::string("1 MiB"));
        QCOMPARE(spaced("0s"), std::string("0"));
        QCOMPARE(spaced("0B"), std::string("0"));
        QCOMPARE(rangeText("", "", ""), std::string());
        QCOMPARE(rangeText("1", "256", ""), std::string("1 to 256"));
        QCOMPARE(rangeText("", "4096", "bytes"), std::string("up to 4096 bytes"));
        QCOMPARE(rangeText("1", "", ""), std::string("at least 1"));
        QCOMPARE(rangeText("", "", "%"), std::string("%"));
    }
};

QTEST_APPLESS_MAIN(MarkdownTest)
#include "markdown_test.moc"
