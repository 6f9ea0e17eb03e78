// SPDX-License-Identifier: GPL-3.0-or-later
// Migrations are done once and in order, and what does not fit is named.
#include "database_fixture.h"

#include "databases/migrations.h"

#include <QTest>

#include <fstream>
#include <thread>

using namespace mainstay;
using namespace mainstay::databases;

class MigrationsTest : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<SqliteFixture> m_database;

    void write(const char *name, const char *text) const
    {
        std::ofstream(std::filesystem::path(m_folder->path().toStdString()) / name) << text;
    }
    void remove(const char *name) const
    {
        std::filesystem::remove(std::filesystem::path(m_folder->path().toStdString()) / name);
    }

    // "APPLIED/PENDING" and what is wrong.
    std::string run() const
    {
        const auto files = readMigrations(m_folder->path().toStdString());
        if (!files)
            return files.error().text();
        Connection connection(m_database->target, const_cast<Ledger &>(m_database->ledger));
        if (Result<> opened = connection.open(); !opened)
            return opened.error().text();
        connection.startWork(Milliseconds(5000));
        const MigrationOutcome outcome = migrate(connection, *files);
        std::string text = std::to_string(outcome.state.applied) + "/" + std::to_string(outcome.state.pending);
        return outcome.done ? text : text + " " + outcome.done.error().message;
    }
    std::string ask(const char *sql) const
    {
        Connection connection(m_database->target, const_cast<Ledger &>(m_database->ledger));
        return connection.open() ? connection.ask(sql).value_or("failed") : "closed";
    }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_database = std::make_unique<SqliteFixture>();
        m_database->target.config.connectTimeout = Milliseconds(5000);
    }

    void runsEachOnceInOrder()
    {
        write("002-more.sql", "insert into t values ('two');");
        write("10_last.sql", "insert into t values ('ten');");
        write("001-first.sql",
              "create table t (a); -- ;\ncreate trigger r after insert on t begin select 1; select 2; end;");
        write("README", "no migration");
        QCOMPARE(run(), std::string("3/0"));
        QCOMPARE(run(), std::string("3/0"));
        QCOMPARE(ask("select group_concat(a) from t"), std::string("two,ten"));
        write("11-new.sql", "insert into t values ('eleven')");
        QCOMPARE(run(), std::string("4/0"));
    }

    void leavesNothingHalfDone()
    {
        write("001-a.sql", "create table t (a);");
        write("002-b.sql", "create table u (a);\n\ninsert into nowhere values (1);");
        const std::string text = run();
        QVERIFY2(text.starts_with("1/1 `002-b.sql`, line 3: "), text.c_str());
        QVERIFY2(text.find("no such table: nowhere") != std::string::npos, text.c_str());
        QCOMPARE(ask("select count(*) from sqlite_master where name = 'u'"), std::string("0"));
        write("002-b.sql", "create table u (a);");
        QCOMPARE(run(), std::string("2/0"));
    }

    void namesWhatDoesNotFit()
    {
        write("001-a.sql", "create table t (a);");
        write("003-c.sql", "create table v (a);");
        QCOMPARE(run(), std::string("2/0"));
        write("001-a.sql", "create table t (a, b);");
        QCOMPARE(run(), std::string("2/0 `001-a.sql` was done as `001-a.sql`, and is another one now"));
        remove("001-a.sql");
        QCOMPARE(run(), std::string("2/0 `001-a.sql` was done, and its file is gone"));
        write("001-a.sql", "create table t (a);");
        write("002-b.sql", "create table u (a);");
        QVERIFY(run().find("`002-b.sql` is new, and `003-c.sql`") != std::string::npos);
    }

    void refusesFilesItCannotOrder()
    {
        write("first.sql", "");
        QVERIFY(run().find("first.sql` has no number") != std::string::npos);
        remove("first.sql");
        write("1-a.sql", "");
        write("01-b.sql", "");
        QVERIFY(run().find("have the same number") != std::string::npos);
    }

    void refusesTransactionsWithin()
    {
        write("1-a.sql", "create table t (a); commit; create table u (a);");
        QVERIFY(run().find("each file is one transaction already") != std::string::npos);
        QCOMPARE(ask("select count(*) from sqlite_master where name in ('t', 'u')"), std::string("0"));
    }

    // As SQLite's manual has it, foreign keys and all.
    void makesATableAnew()
    {
        write("1-a.sql",
              "create table customer (id integer primary key, name);"
              "create table orders (id integer primary key, customer integer references customer (id) on delete "
              "cascade);"
              "insert into customer values (1, 'a'), (2, 'b'); insert into orders values (1, 1), (2, 1), (3, 2);");
        QCOMPARE(run(), std::string("1/0"));
        write("2-b.sql",
              "pragma foreign_keys = off; create table customer_new (id integer primary key, name text not null);"
              "insert into customer_new select * from customer; drop table customer;"
              "alter table customer_new rename to customer; pragma foreign_key_check; pragma foreign_keys = on;");
        QCOMPARE(run(), std::string("2/0"));
        QCOMPARE(ask("select count(*) from orders"), std::string("3"));
    }

    void refusesToLeaveRowsBehind()
    {
        write("1-a.sql", "create table customer (id integer primary key);"
                         "create table orders (id integer primary key, customer integer references customer (id));"
                         "insert into customer values (1), (2); insert into orders values (7, 1);");
        QCOMPARE(run(), std::string("1/0"));
        write("2-b.sql", "delete from customer where id = 1;");
        const std::string text = run();
        QVERIFY2(text.find("row 7 of orders names a row of customer that is not there") != std::string::npos,
                 text.c_str());
        QCOMPARE(ask("select count(*) from customer"), std::string("2"));
        write("2-b.sql", "delete from orders; delete from customer where id = 1;");
        QCOMPARE(run(), std::string("2/0"));
        QCOMPARE(ask("select count(*) from customer"), std::string("1"));
    }

    void refusesWhatIsNoUtf8()
    {
        write("1-a.sql", "create table t (a);\ninsert into t values ('\xfc');");
        const std::string text = run();
        QVERIFY2(text.find("1-a.sql`, line 2: this is no UTF-8") != std::string::npos, text.c_str());
        write("1-a.sql", "create table t (a);\ninsert into t values ('\xc3\xbc');");
        QCOMPARE(run(), std::string("1/0"));
        QCOMPARE(ask("select a from t"), std::string("\xc3\xbc"));
    }

    void isDoneOnceBySeveral()
    {
        write("1-a.sql", "create table t (a);");
        for (int i = 2; i < 10; ++i)
            write((std::to_string(i) + "-b.sql").c_str(), ("insert into t values (" + std::to_string(i) + ")").c_str());
        std::vector<std::string> results(3);
        std::vector<std::thread> threads;
        for (std::string &result : results)
            threads.emplace_back([this, &result] { result = run(); });
        for (std::thread &thread : threads)
            thread.join();
        QCOMPARE(results, std::vector<std::string>(3, "9/0"));
        QCOMPARE(ask("select count(*) from t"), std::string("8"));
    }
};

QTEST_GUILESS_MAIN(MigrationsTest)
#include "migrations_test.moc"
