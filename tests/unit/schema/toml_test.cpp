// SPDX-License-Identifier: GPL-3.0-or-later
// TOML to a tree with places, bounds on what is read, and writing that reads back.
#include "schema/toml.h"

#include <QTest>

using namespace mainstay;
using namespace mainstay::schema;

namespace {

Node parsed(std::string_view text)
{
    auto node = parseToml(text, "a.toml");
    return node ? std::move(*node) : Node{};
}

} // namespace

class TomlTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void knowsPlaces()
    {
        const Node root = parsed("# comment\n[backend.app]\nbalance = \"x\"\n\n  retries = 2\nlist = [1,\n 2]\n");
        const Node *app = root.find("backend")->find("app");
        QCOMPARE(app->line, 2U);
        QCOMPARE(app->find("balance")->line, 3U);
        QCOMPARE(app->find("retries")->line, 5U);
        QCOMPARE(app->find("retries")->column, 3U);
        QCOMPARE(app->find("list")->as<Node::Array>()->at(1).line, 7U);
        QCOMPARE(app->members().front().name, std::string("balance"));
    }

    void namesTheSyntaxError()
    {
        const auto result = parseToml("[a]\nb = \n", "/etc/a.toml");
        QVERIFY(!result);
        QCOMPARE(result.error().code, std::string("config.syntax"));
        QCOMPARE(result.error().source.file, std::string("/etc/a.toml"));
        QCOMPARE(result.error().source.line, 2U);
        QVERIFY(result.error().source.column > 0);
    }

    void boundsDepth_data()
    {
        QTest::addColumn<QByteArray>("text");
        const QByteArray dotted = QByteArray("a.").repeated(1'000'000) + "a";
        QTest::newRow("key") << dotted + " = 1\n";
        QTest::newRow("spaced key") << QByteArray("a . ").repeated(100'000) + "a = 1\n";
        QTest::newRow("quoted key") << QByteArray("'a.b'.\"c\\\"\".").repeated(100'000) + "a = 1\n";
        QTest::newRow("header") << "x = 1\n[" + dotted + "]\n";
        QTest::newRow("array header") << "[[" + dotted + "]]\n";
        QTest::newRow("inline") << "x = { " + dotted + " = 1 }\n";
        QTest::newRow("after a comment") << "# ' \"\n" + dotted + " = 1\n";
        QTest::newRow("after a string") << "x = \"\"\" \" '\n\"\"\"\n" + dotted + " = 1\n";
        QTest::newRow("arrays") << "x = " + QByteArray("[").repeated(1'000'000);
        QTest::newRow("inline tables") << "x = " + QByteArray("{a=").repeated(1'000'000);
        QTest::newRow("arrays just closed") << "x = " + QByteArray("[").repeated(40) + QByteArray("]").repeated(40);
    }

    void boundsDepth()
    {
        QFETCH(QByteArray, text);
        const auto result = parseToml(text.toStdString(), "a.toml");
        QVERIFY(!result);
        QVERIFY(result.error().source.line > 0);
    }

    void allowsDotsElsewhere()
    {
        const std::string dots(10000, '.');
        QVERIFY(parseToml("# " + dots + "\na = \"" + dots + "\"\nb = '''\n" + dots + "'''\n", "a.toml"));
    }

    void writesWhatItReads()
    {
        const char *text = "top = true\n"
                           "\n"
                           "[backend.app]\n"
                           "retries = -2\n"
                           "share = 0.5\n"
                           "whole = 3.0\n"
                           "list = [\"a\", [1, 2], []]\n"
                           "text = \"q\\\" b\\\\ n\\n t\\t c\\u0001 \xc3\xa9\"\n"
                           "\n"
                           "[backend.app.server.\"a.b\"]\n"
                           "weight = 2\n"
                           "\n"
                           "[[backend.app.route]]\n"
                           "\n"
                           "[[backend.app.route]]\n"
                           "path = \"/\"\n"
                           "\n"
                           "[backend.empty]\n";
        QCOMPARE(QString::fromStdString(writeToml(parsed(text))), QString::fromUtf8(text));
    }

    void writesInline()
    {
        QCOMPARE(inlineToml(*parsed("a = [{x = 1, \"y z\" = [true]}, {}]").find("a")),
                 std::string("[{x = 1, \"y z\" = [true]}, {}]"));
    }
};

QTEST_APPLESS_MAIN(TomlTest)
#include "toml_test.moc"
