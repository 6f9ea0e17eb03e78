// SPDX-License-Identifier: GPL-3.0-or-later
// A connection to SQLite: values go in bound and come out typed, reading changes nothing, time is kept.
#include "database_fixture.h"

#include "databases/failure.h"

#include <QDir>
#include <QFile>
#include <QTest>

using namespace mainstay;
using namespace mainstay::databases;

namespace {

std::vector<std::string> lines(std::initializer_list<const char *> texts)
{
    return {texts.begin(), texts.end()};
}

} // namespace

class SqliteTest : public QObject {
    Q_OBJECT

    SqliteFixture m_fixture;
    std::unique_ptr<Connection> m_connection;

    std::vector<std::string> rows(const std::string &sql, const Parameters &parameters = {})
    {
        auto result = query(*m_connection, Access::read, sql, parameters);
        return result ? *result : lines({result.error().code.c_str()});
    }
    std::string write(const std::string &sql, const Parameters &parameters = {})
    {
        auto result = query(*m_connection, Access::write, sql, parameters);
        return result ? "" : result.error().code;
    }

private Q_SLOTS:
    void init()
    {
        m_connection = std::make_unique<Connection>(m_fixture.target, m_fixture.ledger);
        const Result<> opened = m_connection->open();
        QVERIFY2(opened, opened ? "" : opened.error().text().c_str());
        m_connection->startWork(Milliseconds(2000));
        QCOMPARE(write("drop table if exists t"), std::string());
        QCOMPARE(write("create table t (id integer primary key, a text unique, b)"), std::string());
    }
    void cleanup() { m_connection.reset(); }

    void makesItsFileForItselfAlone()
    {
        const auto mode = QFile::permissions(QString::fromStdString(m_fixture.file()));
        QCOMPARE(mode & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther),
                 QFile::Permissions());
        QCOMPARE(rows("pragma journal_mode"), lines({"wal"}));
        QVERIFY(m_connection->serverVersion()->starts_with("SQLite 3."));
    }

    // What is only found out at the end takes all of it back, and leaves the connection as it was.
    void endsThatFail()
    {
        QCOMPARE(write("create table if not exists u (t integer references t (id) deferrable initially deferred)"),
                 std::string());
        const auto insert = [this](const char *value) {
            const Result<> done = m_connection->transact(Access::write, 2, [&]() -> Result<> {
                auto outcome = m_connection->execute(std::string("insert into u values (") + value + ")", {});
                return outcome ? Result<>() : forward(std::move(outcome));
            });
            return done ? std::string() : done.error().code;
        };
        QCOMPARE(insert("4711"), std::string("database.constraint"));
        QCOMPARE(rows("select count(*) from u"), lines({"0"}));
        QCOMPARE(insert("null"), std::string());
        QCOMPARE(rows("select count(*) from u"), lines({"1"}));
    }

    void bindsValues()
    {
        const char *nasty = "'; drop table t; --";
        QCOMPARE(write("insert into t (a, b) values (:a, :b)",
                       {{"a", QString::fromUtf8(nasty)}, {"b", QVariant(qlonglong(9007199254740993))}}),
                 std::string());
        QCOMPARE(write("insert into t (a, b) values (:a, :b)", {{"a", QVariant()}, {"b", 1.5}}), std::string());
        QCOMPARE(rows("select a, b, typeof(b) from t order by id"),
                 lines({"'; drop table t; --|9007199254740993|integer", "NULL|1.5|real"}));
        QCOMPARE(rows("select :x || :x, ':x'", {{"x", QStringLiteral("é")}}), lines({"éé|:x"}));
        QCOMPARE(rows("select :nobody"), lines({"sql.unknown-parameter"}));
    }

    void readsAndChangesNothing_data()
    {
        QTest::addColumn<QString>("sql");
        const auto row = [](const char *sql) { QTest::newRow(sql) << QString::fromUtf8(sql); };
        row("insert into t (a) values ('x')");
        row("with x as (select 1) insert into t (a) select * from x");
        row("insert into t (a) values ('x') returning a");
        row("delete from t");
        row("create table u (a)");
        row("create temp table u (a)");
        row("pragma query_only = 0");
        row("pragma user_version = 7");
        row("pragma journal_mode = delete");
        row("attach '/tmp/mainstay-should-not-exist' as x");
        row("vacuum into '/tmp/mainstay-should-not-exist'");
        row("select 1; delete from t");
        row("select load_extension('x')");
        row("select fts3_tokenizer('simple')");
        row("vacuum");
        row("reindex");
        row("analyze");
        row("detach temp");
        row("pragma wal_checkpoint(truncate)");
        row("select * from pragma_user_version(7)");
    }
    void readsAndChangesNothing()
    {
        QFETCH(QString, sql);
        QCOMPARE(write("insert into t (a, b) values ('kept', 1)"), std::string());
        const auto refused = query(*m_connection, Access::read, sql.toStdString());
        QVERIFY(!refused);
        QVERIFY2(!refused.error().message.ends_with("not authorized"), refused.error().message.c_str());
        QVERIFY(!QFile::exists(QStringLiteral("/tmp/mainstay-should-not-exist")));
        QCOMPARE(rows("select a from t"), lines({"kept"}));
        // And again, where it was prepared for writing.
        const std::string statement = "update t set b = 2";
        QCOMPARE(write(statement), std::string());
        QCOMPARE(query(*m_connection, Access::read, statement).error().code, std::string("database.read-only"));
    }

    // SQLite asks on their behalf whether tables may be made and written; on a connection that has done nothing else.
    void readsVirtualTables_data()
    {
        QTest::addColumn<QString>("sql");
        QTest::addColumn<QString>("result");
        const auto row = [](const char *sql, const char *result) {
            QTest::newRow(sql) << QString::fromUtf8(sql) << QString::fromUtf8(result);
        };
        row("select a from f where f match 'hello'", "hello world");
        row("select id from r where x0 < 1", "1");
        row("select group_concat(e.value) from json_each('[1,2]') e", "1,2");
        row("select group_concat(name) from pragma_table_info('t')", "id,a,b");
    }
    void readsVirtualTables()
    {
        QFETCH(QString, sql);
        QFETCH(QString, result);
        for (const char *made :
             {"create virtual table if not exists f using fts5(a)",
              "create virtual table if not exists r using rtree(id, x0, x1)", "delete from f", "delete from r",
              "insert into f values ('hello world'), ('foo')", "insert into r values (1, 0, 1)"})
            QCOMPARE(write(made), std::string());
        m_connection->close();
        QVERIFY(m_connection->open());
        m_connection->startWork(Milliseconds(2000));
        QCOMPARE(rows(sql.toStdString()), lines({result.toUtf8().constData()}));
        for (const char *change : {"insert into f values ('no')", "insert into f (f) values ('optimize')",
                                   "delete from r", "drop table f", "create virtual table g using fts5(a)"})
            QCOMPARE(rows(change), lines({"database.read-only"}));
        QCOMPARE(rows("select count(*) from f"), lines({"2"}));
    }

    // What would leave the connection in a transaction, or out of its own.
    void letsNobodyElseEndTransactions()
    {
        for (const char *sql : {"begin", "commit", "-- x\nrollback", "end", "savepoint x", "release x"}) {
            QCOMPARE(write(sql), std::string("sql.transaction"));
            QCOMPARE(rows(sql), lines({"sql.transaction"}));
        }
        const Result<> done = m_connection->transact(Access::write, 2, [&]() -> Result<> {
            for (const char *sql : {"insert into t (a) values ('half')", "commit"})
                if (auto outcome = m_connection->execute(sql, {}); !outcome)
                    return forward(std::move(outcome));
            return {};
        });
        QVERIFY(!done);
        QCOMPARE(rows("select count(*) from t"), lines({"0"}));
    }

    void saysWhyAFileCannotBeOpened()
    {
        SqliteFixture fixture;
        QVERIFY(QDir(fixture.folder.path()).mkpath(QStringLiteral("sub/test.db")));
        Connection connection(fixture.target, fixture.ledger);
        const Result<> opened = connection.open();
        QVERIFY(!opened);
        QVERIFY(opened.error().message.ends_with("it is a folder"));
    }

    void doesAllOrNothing()
    {
        const Result<> done = m_connection->transact(Access::write, 2, [&]() -> Result<> {
            for (int i = 0; i < 2; ++i)
                if (auto outcome = m_connection->execute("insert into t (a) values ('same')", {}); !outcome)
                    return forward(std::move(outcome));
            return {};
        });
        QCOMPARE(done.error().code, std::string("database.constraint"));
        QCOMPARE(rows("select count(*) from t"), lines({"0"}));
    }

    void givesUpInTime()
    {
        m_connection->startWork(Milliseconds(100));
        const SteadyTime started = SteadyClock::now();
        QCOMPARE(rows("with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"),
                 lines({"database.timeout"}));
        QVERIFY(SteadyClock::now() - started < Seconds(2));
        m_connection->startWork(Milliseconds(1000));
        QCOMPARE(rows("select 1"), lines({"1"}));
    }

    void saysThatItIsLocked()
    {
        Connection other(m_fixture.target, m_fixture.ledger);
        QVERIFY(other.open());
        QVERIFY(other.executeText("BEGIN IMMEDIATE"));
        QCOMPARE(write("insert into t (a) values ('x')"), std::string("database.locked"));
        QCOMPARE(rows("select count(*) from t"), lines({"0"})); // readers do not wait
        QVERIFY(other.executeText("ROLLBACK"));
        QCOMPARE(write("insert into t (a) values ('x')"), std::string());
    }

    void recoversWhenATableComesBack()
    {
        QCOMPARE(rows("select a from t"), lines({}));
        QCOMPARE(write("alter table t rename to gone"), std::string());
        QCOMPARE(rows("select a from t"), lines({"database.statement"}));
        QCOMPARE(write("alter table gone rename to t"), std::string());
        QCOMPARE(rows("select a from t"), lines({}));
    }

    void answersAPart()
    {
        QCOMPARE(write("insert into t (b) with recursive n(i) as (select 1 union all select i + 1 from n where i < 9) "
                       "select i from n"),
                 std::string());
        const Page page{.offset = 3, .rows = 2};
        QCOMPARE(query(*m_connection, Access::read, "select b from t order by b", {}, &page).value(),
                 lines({"4", "5"}));
        QCOMPARE(query(*m_connection, Access::read, "select b from t order by b limit 4", {}, &page).value(),
                 lines({"4"}));
    }

    void limitsValues()
    {
        QCOMPARE(rows("select length(hex(zeroblob(20000000)))"), lines({"40000000"}));
        m_connection->limitValues(16 << 20);
        QCOMPARE(rows("select length(hex(zeroblob(20000000)))"), lines({"database.value"}));
        QCOMPARE(rows("select length(hex(zeroblob(2000000)))"), lines({"4000000"}));
    }

    void limitsOnlyWhatTakesALimit()
    {
        const Page page{.offset = 0, .rows = 2};
        QCOMPARE(
            query(*m_connection, Access::write, "insert into t (a) values ('x'), ('y'), ('z') returning a", {}, &page)
                .value()
                .size(),
            std::size_t(3));
        QCOMPARE(query(*m_connection, Access::write, "with n as (select 7 as i) insert into t (b) select i from n", {},
                       &page)
                     .has_value(),
                 true);
        QCOMPARE(query(*m_connection, Access::read,
                       "with n as (select a from t) select a from n where a is not null order by a", {}, &page)
                     .value(),
                 lines({"x", "y"}));
    }

    void tellsSlowOnesWithoutValues()
    {
        std::vector<std::string> told;
        m_fixture.ledger.slowQuery = Milliseconds(1);
        m_fixture.ledger.log = [&](const std::string &line) { told.push_back(line); };
        (void)rows("with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000) "
                   "select count(*), 'secret' from n");
        m_fixture.ledger.slowQuery = Milliseconds(0);
        m_fixture.ledger.log = nullptr;
        QCOMPARE(told.size(), std::size_t(1));
        QVERIFY(told[0].find("secret") == std::string::npos);
        QVERIFY(told[0].find("recursive n(i)") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(SqliteTest)
#include "sqlite_test.moc"
