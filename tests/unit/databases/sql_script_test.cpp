// SPDX-License-Identifier: GPL-3.0-or-later
// Scripts are cut where statements end, and nowhere else; parameters are found where they are, and nowhere else.
#include "databases/sql_script.h"
#include "databases/statement_text.h"

#include <QTest>

using namespace mainstay;
using namespace mainstay::databases;
using schema::SqlDialect;

namespace {

QStringList split(const char *script, SqlDialect dialect)
{
    QStringList texts;
    const auto statements = splitScript(script, dialect);
    if (!statements)
        return {QString::fromStdString("!" + statements.error().code)};
    for (const ScriptStatement &statement : *statements)
        texts << QString::fromStdString(std::to_string(statement.line) + ": " + statement.text);
    return texts;
}

QString parameters(const char *sql, SqlDialect dialect)
{
    QStringList names;
    for (const std::string &name : schema::sqlParameters(sql, dialect))
        names << QString::fromStdString(name);
    return names.join(QLatin1Char(' '));
}

} // namespace

class SqlScriptTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void cutsAtSemicolons_data()
    {
        QTest::addColumn<QByteArray>("script");
        QTest::addColumn<int>("dialect");
        QTest::addColumn<QStringList>("statements");
        const auto row = [](const char *name, const char *script, SqlDialect dialect, QStringList statements) {
            QTest::newRow(name) << QByteArray(script) << static_cast<int>(dialect) << std::move(statements);
        };
        const auto text = [](const char *line) { return QString::fromUtf8(line); };
        row("two", "a;\nb ;", SqlDialect::other, {text("1: a"), text("2: b")});
        row("nothing", " ; -- a\n /* ; */ ;", SqlDialect::sqlite, {});
        row("comment before", "-- first;\n\nselect 1", SqlDialect::sqlite, {text("3: select 1")});
        row("quotes", "a ';' b; c \"x;\"\"y\" d; e 'it''s;'", SqlDialect::postgresql,
            {text("1: a ';' b"), text("1: c \"x;\"\"y\" d"), text("1: e 'it''s;'")});
        row("backslash in MySQL", "a '\\';' ; b", SqlDialect::mysql, {text("1: a '\\';'"), text("1: b")});
        row("no backslash elsewhere", "a '\\' ; b", SqlDialect::postgresql, {text("1: a '\\'"), text("1: b")});
        row("escape string", "a E'\\';' ; b", SqlDialect::postgresql, {text("1: a E'\\';'"), text("1: b")});
        row("dollar quotes", "do $x$ a; $$ ; $x$ ; b $$;$$", SqlDialect::postgresql,
            {text("1: do $x$ a; $$ ; $x$"), text("1: b $$;$$")});
        row("dollar in a name", "a$b$c; d$b$", SqlDialect::postgresql, {text("1: a$b$c"), text("1: d$b$")});
        row("nested comment", "a /* /* ; */ ; */ b", SqlDialect::postgresql, {text("1: a /* /* ; */ ; */ b")});
        row("flat comment", "a /* /* ; */ ; b", SqlDialect::sqlite, {text("1: a /* /* ; */"), text("1: b")});
        row("hash comment", "a # ;\n b", SqlDialect::mysql, {text("1: a # ;\n b")});
        row("minus minus is no comment", "a 1--1; b", SqlDialect::mysql, {text("1: a 1--1"), text("1: b")});
        row("code in a comment", "a /*! ; drop */", SqlDialect::mysql, {text("1: a /*!"), text("1: drop */")});
        row("brackets", "a [x;y]; b", SqlDialect::sqlite, {text("1: a [x;y]"), text("1: b")});
        row("trigger",
            "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; DELETE FROM d; "
            "END; e",
            SqlDialect::sqlite,
            {text("1: CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; "
                  "DELETE FROM d; END"),
             text("1: e")});
        row("transaction is no block", "BEGIN; a; END; b", SqlDialect::sqlite,
            {text("1: BEGIN"), text("1: a"), text("1: END"), text("1: b")});
        row("procedure",
            "create procedure p() begin if a then b; end if; case c when 1 then d; end case; end; select 1",
            SqlDialect::mysql,
            {text("1: create procedure p() begin if a then b; end if; case c when 1 then d; end case; end"),
             text("1: select 1")});
        row("column named begin", "create table begin_ (a int); b", SqlDialect::mysql,
            {text("1: create table begin_ (a int)"), text("1: b")});
        row("column called begin", "CREATE TABLE b (event INTEGER, begin TIMESTAMP);\nINSERT INTO a VALUES (1);\nb",
            SqlDialect::mysql,
            {text("1: CREATE TABLE b (event INTEGER, begin TIMESTAMP)"), text("2: INSERT INTO a VALUES (1)"),
             text("3: b")});
        row("table called event", "create table event (end int, begin int); create index event on event (begin); c",
            SqlDialect::mysql,
            {text("1: create table event (end int, begin int)"), text("1: create index event on event (begin)"),
             text("1: c")});
        row("blocks in a row",
            "create procedure p(begin int) begin begin a; end; if b then c; end if; case d when 1 then e; end case; "
            "for i in 1..2 do f; end for; set g = new.begin, h = case i when 1 then 2 end, j = if(k, 1, 2); end; l",
            SqlDialect::mysql,
            {text("1: create procedure p(begin int) begin begin a; end; if b then c; end if; case d when 1 then e; "
                  "end case; for i in 1..2 do f; end for; set g = new.begin, h = case i when 1 then 2 end, "
                  "j = if(k, 1, 2); end"),
             text("1: l")});
        row("definer", "create or replace definer = event@host procedure p() begin a; end; b", SqlDialect::mysql,
            {text("1: create or replace definer = event@host procedure p() begin a; end"), text("1: b")});
        row("definer that is called", "create definer = current_user() function f() returns int begin a; end; b",
            SqlDialect::mysql,
            {text("1: create definer = current_user() function f() returns int begin a; end"), text("1: b")});
        row("rule", "create or replace rule r as on delete to a do instead (select 1; delete from b); c",
            SqlDialect::postgresql,
            {text("1: create or replace rule r as on delete to a do instead (select 1; delete from b)"), text("1: c")});
        row("table called rule", "create table rule (a int); b (c; d", SqlDialect::postgresql,
            {text("1: create table rule (a int)"), text("1: b (c"), text("1: d")});
        row("open rule", "create rule r as on delete to a do instead (b; c", SqlDialect::postgresql,
            {text("!sql.open-block")});
        row("open block", "a; create trigger t after insert on b for each row begin c; insert into d values (1); e",
            SqlDialect::mysql, {text("!sql.open-block")});
        row("open quote", "a 'b", SqlDialect::other, {text("!sql.open-quote")});
        row("open comment", "a /* b", SqlDialect::other, {text("!sql.open-quote")});
        row("open dollar", "a $x$ b $$", SqlDialect::postgresql, {text("!sql.open-quote")});
    }
    void cutsAtSemicolons()
    {
        QFETCH(QByteArray, script);
        QFETCH(int, dialect);
        QFETCH(QStringList, statements);
        QCOMPARE(split(script.constData(), static_cast<SqlDialect>(dialect)), statements);
    }

    void findsParameters()
    {
        const char *sql = "select :a, x::int, ':b', \":c\", -- :d\n :e /* :f */, :a, '12':: text from t where y=:_g1";
        for (const SqlDialect dialect :
             {SqlDialect::sqlite, SqlDialect::postgresql, SqlDialect::mysql, SqlDialect::other})
            QCOMPARE(parameters(sql, dialect), QStringLiteral("a e a _g1"));
        QCOMPARE(parameters("select $$ :a $$, :b", SqlDialect::postgresql), QStringLiteral("b"));
        QCOMPARE(parameters("select '\\' :a ', :b", SqlDialect::mysql), QStringLiteral("b"));
        QCOMPARE(parameters("select 10:10, a : b", SqlDialect::sqlite), QString());
    }

    void makesPlaceholders()
    {
        const StatementText text =
            statementText("/* :x */ select :a ':b' -- :c\n from (select 1 limit 2) where :d = :a", SqlDialect::sqlite);
        QCOMPARE(text.text, QStringLiteral("select ? ':b'  \n from (select 1 limit 2) where ? = ?"));
        QCOMPARE(text.names, (std::vector<std::string>{"a", "d", "a"}));
        QCOMPARE(text.keyword, std::string("SELECT"));
        QVERIFY(!text.hasLimit);
        QVERIFY(statementText("select 1 LIMIT 3", SqlDialect::sqlite).hasLimit);
        // No minuses and comments become a comment that hides what follows.
        QCOMPARE(statementText("select 1--/* x */2", SqlDialect::mysql).text, QStringLiteral("select 1--/**/2"));
    }

    void knowsWhatQtWouldChange()
    {
        const auto mistaken = [](const char *sql, SqlDialect dialect) { return statementText(sql, dialect).mistaken; };
        QCOMPARE(mistaken("select 'it\\'s :foo ?'", SqlDialect::mysql), std::string(":foo"));
        QCOMPARE(mistaken("select $$what?$$", SqlDialect::postgresql), std::string("?"));
        QCOMPARE(mistaken("select $$it's$$, :a", SqlDialect::postgresql), std::string(":a"));
        QCOMPARE(mistaken("select ?, :a", SqlDialect::sqlite), std::string("?"));
        QCOMPARE(mistaken("select a[:i] from t -- ?", SqlDialect::postgresql), std::string());
        QCOMPARE(mistaken("select a[:i] from t", SqlDialect::mysql), std::string(":i"));
        QCOMPARE(mistaken("select '?', \"?\", 'it''s ?', x::int, :a, :a", SqlDialect::postgresql), std::string());
    }

    void knowsWhatServersReadInTwoWays()
    {
        const auto isAmbiguous = [](const char *sql) { return statementText(sql, SqlDialect::mysql).isAmbiguous; };
        QVERIFY(isAmbiguous("select 1 /*!99999 ' */"));
        QVERIFY(isAmbiguous("select 1 /*M! ' */"));
        QVERIFY(isAmbiguous("select 1 \x01 + 1"));
        QVERIFY(!isAmbiguous("select 1 /* ' */ -- \x01\n, '\x01 /*!', 1 / 2\t"));
        QCOMPARE(parameters("select 1 --\x01 ' :a\n, ':b' --\x7f'\n, :c", SqlDialect::mysql), QStringLiteral("c"));
    }

    void hidesLiterals()
    {
        QCOMPARE(withoutLiterals("select 'secret', 12, \"name\" -- pin 4711\n from  t1", SqlDialect::sqlite),
                 std::string("select ?, ?, \"name\" from t1"));
        QCOMPARE(withoutLiterals("select \"secret\"", SqlDialect::mysql), std::string("select ?"));
        QCOMPARE(withoutLiterals("select $$secret$$", SqlDialect::postgresql), std::string("select ?"));
    }

    void namesTheKeyword()
    {
        QCOMPARE(leadingKeyword(" -- a\n ( select 1", SqlDialect::other), std::string("SELECT"));
        QCOMPARE(leadingKeyword("/*!50000 drop */", SqlDialect::mysql), std::string());
        QCOMPARE(leadingKeyword("", SqlDialect::mysql), std::string());
    }
};

QTEST_APPLESS_MAIN(SqlScriptTest)
#include "sql_script_test.moc"
