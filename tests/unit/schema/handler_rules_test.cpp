// SPDX-License-Identifier: GPL-3.0-or-later
// What is wrong with databases and handlers is found where it stands, with what to do.
#include "schema/reader.h"

#include <QTest>

#include <algorithm>

using namespace mainstay;
using namespace mainstay::schema;

namespace {

Loaded read(const std::string &toml)
{
    const SourceFile file{"/etc/mainstay/mainstay.toml", toml, Owner::files};
    return readConfiguration({&file, 1});
}

// "CODE PATH", sorted.
QStringList errors(const Loaded &loaded)
{
    QStringList all;
    for (const Problem &problem : loaded.problems) {
        if (problem.severity == Severity::error)
            all << QString::fromStdString(problem.code + " " + problem.path);
        if (problem.remedy.empty())
            all << QString::fromStdString("no remedy: " + problem.code);
    }
    all.sort();
    return all;
}

const std::string kDatabase = "[database.main]\nfile = \"a.db\"\n";
const std::string kApp = kDatabase + "[app.shop]\nkind = \"handlers\"\ndatabase = \"main\"\n[[app.shop.handler]]\n";
const std::string kPath = "path = \"/a\"\n";
const std::string kSql = "sql = [\"SELECT 1\"]\n";
const std::string kParameter = "[[app.shop.handler.parameter]]\n";

} // namespace

class HandlerRulesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void databases_data()
    {
        QTest::addColumn<QString>("settings");
        QTest::addColumn<QStringList>("expected");
        const auto row = [](const char *settings, QStringList expected) {
            QTest::newRow(settings) << QString::fromUtf8(settings) << expected;
        };
        const auto one = [](const char *text) { return QStringList{QString::fromUtf8(text)}; };
        row("file = \"a.db\"", {});
        row("", one("database.incomplete database.main.file"));
        row("driver = \"postgresql\"", one("database.incomplete database.main.name"));
        row("driver = \"mysql\"\nname = \"shop\"\nfile = \"x\"", one("database.unfit database.main.file"));
        row("driver = \"postgresql\"\nname = \"shop\"\nhost = \"db\"\npassword_variable = \"X\"", {});
        row("driver = \"odbc\"", one("database.odbc-source database.main.connection_file"));
        row("driver = \"odbc\"\ndsn = \"shop\"", {});
        row("driver = \"odbc\"\ndsn = \"shop\"\nconnection_file = \"/x\"",
            one("database.odbc-source database.main.dsn"));
        row("driver = \"odbc\"\ndsn = \"Driver=X; Pwd = y\"", one("database.open-secret database.main.dsn"));
        row("driver = \"odbc\"\ndsn = \"Driver=X;PWD\\t=y\"", one("database.open-secret database.main.dsn"));
        row("driver = \"odbc\"\ndsn = \"Driver=X;Pass\\nword\\r= y\"", one("database.open-secret database.main.dsn"));
        row("file = \"a.db\"\nunguarded_reads = true", one("database.unfit database.main.unguarded_reads"));
        row("file = \"a.db\"\ndsn = \"x\"", one("database.unfit database.main.dsn"));
        row("driver = \"mysql\"\nname = \"a\"\npassword_file = \"/x\"\npassword_variable = \"X\"",
            one("database.two-passwords database.main.password_variable"));
    }
    void databases()
    {
        QFETCH(QString, settings);
        QTEST(errors(read("[database.main]\n" + settings.toStdString() + "\n")), "expected");
    }

    void handlers_data()
    {
        QTest::addColumn<QString>("toml");
        QTest::addColumn<QStringList>("expected");
        const auto row = [](const std::string &settings, const char *expected) {
            QStringList list;
            if (*expected != '\0')
                list << QString::fromUtf8(expected);
            QTest::newRow(settings.c_str()) << QString::fromStdString(kApp + settings) << list;
        };
        row(kPath + kSql, "");
        row(kPath, "handler.no-work app.shop.handler[0].sql");
        row(kPath + kSql + "plugin = \"x\"\n", "handler.two-works app.shop.handler[0].plugin");
        row("path = \"a\"\n" + kSql, "handler.path app.shop.handler[0].path");
        row("path = \"/.mainstay/x\"\n" + kSql, "handler.path app.shop.handler[0].path");
        row("path = \"/a/{id}\"\n" + kSql, "handler.placeholder app.shop.handler[0].path");
        row("path = \"/a/x{id}\"\n" + kSql, "handler.placeholder app.shop.handler[0].path");
        row("path = \"/a/{id}\"\n" + kSql + kParameter + "name = \"id\"\nin = \"path\"\n", "");
        row(kPath + kSql + kParameter + "name = \"id\"\nin = \"path\"\n",
            "handler.placeholder app.shop.handler[0].parameter[0].in");
        row(kPath + kSql + kParameter + "name = \"a-b\"\n",
            "handler.parameter-name app.shop.handler[0].parameter[0].name");
        row(kPath + kSql + kParameter + "name = \"a\"\n" + kParameter + "name = \"a\"\n",
            "handler.same-parameter app.shop.handler[0].parameter[1].name");
        row(kPath + kSql + kParameter + "name = \"a\"\nin = \"body\"\n",
            "handler.no-body app.shop.handler[0].parameter[0].in");
        row(kPath + kSql + "method = \"POST\"\n" + kParameter + "name = \"a\"\nin = \"body\"\n", "");
        row(kPath + kSql + kParameter + "name = \"a\"\ntype = \"integer\"\nrequired = false\ndefault = \"x\"\n",
            "handler.default-type app.shop.handler[0].parameter[0].default");
        row(kPath + "sql = [\"SELECT :nobody, ':a' -- :b\\n, 1::text\"]\n",
            "handler.unknown-parameter app.shop.handler[0].sql[0]");
        row(kPath + "sql = [\"SELECT 1; SELECT 2\"]\n", "handler.several-statements app.shop.handler[0].sql[0]");
        row(kPath + "sql = [\"SELECT 1;\", \"SELECT 'a;b'\"]\n", "");
        row(kPath + "sql = [\"SELECT 'a\"]\n", "handler.open-quote app.shop.handler[0].sql[0]");
        row(kPath + "sql = [\"-- nothing\"]\n", "handler.no-statement app.shop.handler[0].sql[0]");
        for (const char *word : {"BEGIN", "start transaction", "-- x\\nCommit", "ROLLBACK TO x", "END", "SAVEPOINT x"})
            row(kPath + "sql = [\"" + word + "\"]\n", "handler.transaction app.shop.handler[0].sql[0]");
        row(kPath + "sql = [\"SELECT 1 AS begin\"]\n", "");
        row(kPath + "sql = [\"SELECT ?, 1\"]\n", "handler.placeholder-in-text app.shop.handler[0].sql[0]");
        row(kPath + "sql = [\"SELECT ? , :a\"]\n" + kParameter + "name = \"a\"\n",
            "handler.placeholder-in-text app.shop.handler[0].sql[0]");
        row(kPath + "sql = [\"SELECT '?' || ':b', [a?] -- ?\\n || :a\"]\n" + kParameter + "name = \"a\"\n", "");
        row(kPath + kSql + "paging = true\nresult = \"object\"\n", "handler.paging app.shop.handler[0].paging");
        row(kPath + kSql + "[[app.shop.handler]]\n" + kPath + kSql, "handler.duplicate app.shop.handler[1].path");
        row(kPath + kSql + "[[app.shop.handler]]\nmethod = \"POST\"\n" + kPath + kSql, "");
        row("path = \"/a/{x}\"\n" + kSql + kParameter +
                "name = \"x\"\nin = \"path\"\n[[app.shop.handler]]\npath = \"/a/{y}\"\n" + kSql + kParameter +
                "name = \"y\"\nin = \"path\"\n",
            "handler.duplicate app.shop.handler[1].path");
    }
    void handlers()
    {
        QFETCH(QString, toml);
        QTEST(errors(read(toml.toStdString())), "expected");
    }

    void warnsOfATimeoutThatTheAppsComesBefore()
    {
        const auto warnings = [](const std::string &settings) {
            QStringList all;
            for (const Problem &problem : read(kApp + kPath + kSql + settings).problems)
                if (problem.severity == Severity::warning && problem.code.starts_with("handler."))
                    all << QString::fromStdString(problem.code + " " + problem.path);
            return all;
        };
        QCOMPARE(warnings("timeout = \"5m\"\n"),
                 QStringList{QStringLiteral("handler.late-timeout app.shop.handler[0].timeout")});
        QCOMPARE(warnings("timeout = \"30s\"\n"), QStringList());
    }

    void textThatADriverWouldChange_data()
    {
        QTest::addColumn<QString>("driver");
        QTest::addColumn<QString>("sql");
        QTest::addColumn<bool>("refused");
        const auto row = [](const char *driver, const char *sql, bool refused) {
            QTest::addRow("%s %s", driver, sql) << QString::fromUtf8(driver) << QString::fromUtf8(sql) << refused;
        };
        row("mysql", "SELECT 'it\\'s :foo ?'", true);
        row("mysql", "SELECT 'it\\'s fine'", false);
        row("mysql", "SELECT 'it''s :foo ?'", false);
        row("postgresql", "SELECT $$what?$$", true);
        row("postgresql", "SELECT $$a :foo b$$", true);
        row("postgresql", "SELECT $a$ $? $a$", true);
        row("postgresql", "SELECT $$it's$$, :a", true); // which would then not be seen
        row("postgresql", "SELECT $$fine$$, :a", false);
        row("postgresql", "SELECT E'it\\'s :foo'", true);
        row("postgresql", "SELECT '{\"a\":1}'::jsonb ? 'a'", true);
        row("postgresql", "SELECT list[:a], list[1 : 2]", false);
        row("postgresql", "SELECT list[1:2]", true);
        row("postgresql", "DO $$ BEGIN PERFORM 1 WHERE '?' = ':b'; x := 1; END $$", false); // is not prepared
        row("sqlite", "SELECT ?1", true);
    }
    void textThatADriverWouldChange()
    {
        QFETCH(QString, driver);
        QFETCH(QString, sql);
        const std::string name = driver == QStringLiteral("sqlite") ? "file = \"a.db\"\n" : "name = \"shop\"\n";
        const std::string toml = "[database.main]\ndriver = \"" + driver.toStdString() + "\"\n" + name +
                                 "[app.shop]\nkind = \"handlers\"\ndatabase = \"main\"\n[[app.shop.handler]]\n" +
                                 kPath + "sql = ['''" + sql.toStdString() + " ''']\n" + kParameter + "name = \"a\"\n";
        QFETCH(bool, refused);
        const auto told = QStringLiteral("handler.placeholder-in-text app.shop.handler[0].sql[0]");
        QCOMPARE(errors(read(toml)), refused ? QStringList{told} : QStringList{});
    }

    void needADatabase()
    {
        QCOMPARE(errors(read("[app.shop]\nkind = \"handlers\"\n[[app.shop.handler]]\n" + kPath + kSql)),
                 QStringList{QStringLiteral("app.unfit app.shop.database")});
    }

    void suggests()
    {
        const Loaded loaded = read(kApp + kPath + "sql = [\"SELECT :tetx\"]\n" + kParameter + "name = \"text\"\n");
        QVERIFY(std::ranges::any_of(loaded.problems,
                                    [](const Problem &one) { return one.remedy.find("`text`") != std::string::npos; }));
    }
};

QTEST_APPLESS_MAIN(HandlerRulesTest)
#include "handler_rules_test.moc"
