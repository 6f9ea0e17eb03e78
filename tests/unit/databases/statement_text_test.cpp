// SPDX-License-Identifier: GPL-3.0-or-later
// What a statement is known to do by its text, on which the way it is sent depends.
#include "databases/statement_text.h"

#include <QTest>

using namespace mainstay;
using namespace mainstay::databases;
using schema::SqlDialect;

class StatementTextTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsReturning()
    {
        const auto hasReturning = [](const char *sql) { return statementText(sql, SqlDialect::mysql).hasReturning; };
        QVERIFY(hasReturning("insert into c(id) values(:id) returning id"));
        QVERIFY(hasReturning("DELETE FROM c WHERE (a = 1) RETURNING *"));
        QVERIFY(!hasReturning("insert into c(`returning`) values('returning') -- returning"));
        QVERIFY(!hasReturning("insert into c(returning) values(1)"));
    }

    void findsStars()
    {
        const auto hasStar = [](const char *sql) { return statementText(sql, SqlDialect::mysql).hasStar; };
        QVERIFY(hasStar("select * from c"));
        QVERIFY(hasStar("select a from (select c.* from c) d"));
        QVERIFY(!hasStar("select count(*), '*', `*` from c /* * */"));
    }

    void findsSelectedParameters()
    {
        const auto selects = [](const char *sql) { return statementText(sql, SqlDialect::mysql).selectsParameter; };
        QVERIFY(selects("select :a"));
        QVERIFY(selects("select a, coalesce(b, :b) from c"));
        QVERIFY(selects("select a from c union all select :a"));
        QVERIFY(selects("select a from (select concat(:a, 'x') a from c) d where a = 1"));
        QVERIFY(selects("with c as (select :a a) select a from c"));
        QVERIFY(!selects("select a from c where a = :a limit :b"));
        QVERIFY(!selects("select (select count(*) from d where d.a = :a) n, ':a' from c"));
        QVERIFY(!selects("with d as (select a from c where a = :a) select a from d"));
        QVERIFY(!selects("select a from (select a from c where a = :a) d where f(:b)"));
    }

    void tellsTypesThatPostgresqlCannot()
    {
        const ParameterTypes types{{"i", "BIGINT"}};
        const auto text = [&](const char *sql, SqlDialect dialect = SqlDialect::postgresql) {
            return statementText(sql, dialect, {{}, types}).text.toStdString();
        };
        QCOMPARE(text("select a from b where (:q is null or c = :q)"),
                 std::string("select a from b where (CAST(? AS text) is null or c = ?)"));
        QCOMPARE(text("select a from b where :q IS NOT NULL and :i notnull"),
                 std::string("select a from b where CAST(? AS text) IS NOT NULL and CAST(? AS text) notnull"));
        QCOMPARE(text("select a from b where c + :i is null and c is distinct from :q"),
                 std::string("select a from b where c + ? is null and c is distinct from ?"));
        QCOMPARE(text("select a from b where c like concat('%', :q, upper(:q))"),
                 std::string("select a from b where c like concat('%', CAST(? AS text), upper(?))"));
        QCOMPARE(
            text("select :i as i, :i + 1, :q, (select :i) from b where c in (:i, :i) limit :i"),
            std::string("select CAST(? AS BIGINT) as i, ? + 1, ?, (select CAST(? AS BIGINT)) from b where c in (?, ?) "
                        "limit ?"));
        QCOMPARE(text("insert into b values (:i, :q)"), std::string("insert into b values (?, ?)"));
        QCOMPARE(text("select :i where :q is null", SqlDialect::sqlite), std::string("select ? where ? is null"));
    }
};

QTEST_APPLESS_MAIN(StatementTextTest)
#include "statement_text_test.moc"
