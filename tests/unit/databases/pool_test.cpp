// SPDX-License-Identifier: GPL-3.0-or-later
// Work on a pool is answered once, whatever happens to it.
#include "database_fixture.h"

#include "databases/health.h"
#include "databases/pool.h"

#include <QFile>
#include <QTest>

#include <condition_variable>
#include <mutex>
#include <thread>

using namespace mainstay;
using namespace mainstay::databases;

namespace {

// Answers as they come, from any thread.
class Answers {
public:
    void add(const std::string &answer)
    {
        const std::scoped_lock lock(m_mutex);
        m_answers.push_back(answer);
        m_changed.notify_all();
    }
    std::vector<std::string> wait(std::size_t count)
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait_for(lock, std::chrono::seconds(10), [&] { return m_answers.size() >= count; });
        return m_answers;
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::vector<std::string> m_answers;
};

constexpr const char *kForever =
    "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";

void ask(Pool &pool, Answers &answers, const std::string &sql, Milliseconds limit = Milliseconds(2000))
{
    pool.run<std::string>(
        limit,
        [sql](Connection &connection) -> Result<std::string> {
            auto rows = query(connection, Access::read, sql);
            if (!rows)
                return forward(std::move(rows));
            return rows->empty() ? "" : rows->front();
        },
        [&answers](Result<std::string> result) { answers.add(result ? *result : result.error().code); });
}

} // namespace

class PoolTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void answersFromSeveralThreads()
    {
        SqliteFixture fixture;
        fixture.target.config.pool = 3;
        fixture.target.config.connectTimeout = Milliseconds(5000);
        Answers answers;
        Pool pool({fixture.target, "test", {}});
        for (int i = 0; i < 100; ++i)
            ask(pool, answers, "select 'x'");
        QCOMPARE(answers.wait(100), std::vector<std::string>(100, "x"));
        const rpc::DatabasePool counters = pool.counters();
        QCOMPARE(counters.statements, std::uint64_t(100));
        QVERIFY(counters.open >= 1 && counters.open <= 3);
        QCOMPARE(counters.errors, std::uint64_t(0));
    }

    // Several at once make the file, and make it one with WAL.
    void answersFromTheFirstOn()
    {
        for (int times = 0; times < 50; ++times) {
            SqliteFixture fixture;
            fixture.target.config.pool = 10;
            fixture.target.config.connectTimeout = Milliseconds(5000);
            Answers answers;
            Pool pool({fixture.target, "test", {}});
            for (int i = 0; i < 20; ++i)
                ask(pool, answers, "select 'x'");
            QCOMPARE(answers.wait(20), std::vector<std::string>(20, "x"));
        }
    }

    void refusesWhatWaitsForTooLong()
    {
        SqliteFixture fixture;
        fixture.target.config.pool = 1;
        Answers answers;
        Pool pool({fixture.target, "test", {}});
        ask(pool, answers, kForever, Milliseconds(900));
        ask(pool, answers, "select 1");
        QCOMPARE(answers.wait(2), (std::vector<std::string>{"database.busy", "database.timeout"}));
        QVERIFY(pool.counters().timedOut >= 2);
        ask(pool, answers, "select 1");
        QCOMPARE(answers.wait(3).back(), std::string("1"));
    }

    void answersAllWhenItEnds()
    {
        SqliteFixture fixture;
        fixture.target.config.pool = 1;
        fixture.target.config.connectTimeout = Milliseconds(60'000);
        Answers answers;
        const SteadyTime started = SteadyClock::now();
        {
            Pool pool({fixture.target, "test", {}});
            ask(pool, answers, "select 1");
            answers.wait(1);
            ask(pool, answers, kForever, Milliseconds(60'000));
            ask(pool, answers, "select 1", Milliseconds(60'000));
            std::this_thread::sleep_for(Milliseconds(100));
        }
        QCOMPARE(answers.wait(3).size(), std::size_t(3));
        QVERIFY(SteadyClock::now() - started < Seconds(10));
    }

    void closesWhatIsIdle()
    {
        SqliteFixture fixture;
        fixture.target.config.idleTimeout = Milliseconds(50);
        Answers answers;
        Pool pool({fixture.target, "test", {}});
        ask(pool, answers, "select 1");
        answers.wait(1);
        QTRY_COMPARE(pool.counters().open, 0U);
        ask(pool, answers, "select 2");
        QCOMPARE(answers.wait(2).back(), std::string("2"));
    }

    // As a backup is put back: under the file's name there is another one, or none, from one statement to the next.
    void noticesAnotherFile()
    {
        SqliteFixture fixture;
        Answers answers;
        Pool pool({fixture.target, "test", {}});
        const auto write = [&](Pool &on, const std::string &sql) {
            on.run<std::string>(
                Milliseconds(2000),
                [sql](Connection &connection) -> Result<std::string> {
                    auto rows = query(connection, Access::write, sql);
                    return rows ? Result<std::string>("done") : forward(std::move(rows));
                },
                [&](Result<std::string> result) { answers.add(result ? *result : result.error().code); });
        };
        write(pool, "create table t as select 'old' as a");
        QCOMPARE(answers.wait(1).back(), std::string("done"));
        {
            SqliteFixture other;
            {
                Pool making({other.target, "test", {}});
                write(making, "create table t (a)");
                answers.wait(2);
                write(making, "insert into t values ('new')");
                answers.wait(3);
            }
            std::filesystem::remove(fixture.file() + ".old");
            std::filesystem::rename(fixture.file(), fixture.file() + ".old");
            std::filesystem::rename(other.file(), fixture.file());
        }
        ask(pool, answers, "select group_concat(a) from t");
        QCOMPARE(answers.wait(4).back(), std::string("new"));
        write(pool, "insert into t values ('newer')");
        QCOMPARE(answers.wait(5).back(), std::string("done"));
        ask(pool, answers, "pragma integrity_check");
        QCOMPARE(answers.wait(6).back(), std::string("ok"));
        // What was written before is in the file that it was written to.
        SqliteFixture before;
        before.target.config.file = {fixture.file() + ".old"};
        Connection old(before.target, before.ledger);
        QVERIFY(old.open());
        QCOMPARE(old.ask("select group_concat(a) from t").value_or(""), std::string("old"));
        std::filesystem::remove(fixture.file());
        write(pool, "insert into t values ('lost')");
        QCOMPARE(answers.wait(7).back(), std::string("database.statement")); // the new file has no table
    }

    void recoversByItself()
    {
        SqliteFixture fixture;
        QFile blocker(fixture.folder.filePath(QStringLiteral("sub"))); // where the folder should be
        QVERIFY(blocker.open(QFile::WriteOnly));
        blocker.close();
        Answers answers;
        Pool pool({fixture.target, "test", {}});
        ask(pool, answers, "select 1");
        ask(pool, answers, "select 1");
        QCOMPARE(answers.wait(2), std::vector<std::string>(2, "database.unreachable"));
        QVERIFY(blocker.remove());
        checkHealth(pool,
                    [&](const Result<Health> &health) { answers.add(health ? health->version.substr(0, 6) : ""); });
        QCOMPARE(answers.wait(3).back(), std::string("SQLite"));
        ask(pool, answers, "select 1");
        QCOMPARE(answers.wait(4).back(), std::string("1"));
    }
};

QTEST_GUILESS_MAIN(PoolTest)
#include "pool_test.moc"
