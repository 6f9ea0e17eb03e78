// SPDX-License-Identifier: GPL-3.0-or-later
#include "databases/migrations.h"

#include "databases/sql_script.h"

#include <QDateTime>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>

namespace mainstay::databases {
namespace {

struct Done {
    std::string name;
    std::string checksum;
};
using DoneByNumber = std::map<std::uint64_t, Done>;

constexpr const char *kTable =
    "CREATE TABLE IF NOT EXISTS mainstay_migrations (number BIGINT NOT NULL PRIMARY KEY, "
    "name VARCHAR(255) NOT NULL, checksum VARCHAR(64) NOT NULL, done_at VARCHAR(40) NOT NULL)";
// On MySQL and MariaDB: how far a file came of which a part stays when it is broken off.
constexpr const char *kBegunTable =
    "CREATE TABLE IF NOT EXISTS mainstay_migrations_begun (number BIGINT NOT NULL PRIMARY "
    "KEY, checksum VARCHAR(64) NOT NULL, statements INTEGER NOT NULL)";
constexpr const char *kSeeToIt =
    "take what is done out of the file, and mend the rest; or undo it, and delete the row of this file in the table "
    "`mainstay_migrations_begun`";
constexpr const char *kLockName = "mainstay_migrations";
constexpr const char *kAdvisoryKey = "5570193308531126"; // any number, the same in all versions

class DoneReader : public RowReader {
public:
    void begin(const std::vector<Column> &) override { done.clear(); }
    bool read(const Row &row) override
    {
        done[row.value(0).toULongLong()] = {row.value(1).toString().toStdString(),
                                            row.value(2).toString().toStdString()};
        return true;
    }
    DoneByNumber done;
};

// Holds the lock of engines that have one beside their transactions.
class Lock {
public:
    explicit Lock(Connection &connection) : m_connection(connection) {}
    ~Lock()
    {
        if (m_isHeld && m_connection.engine() == Engine::postgresql)
            (void)m_connection.ask(std::string("SELECT pg_advisory_unlock(") + kAdvisoryKey + ")");
        else if (m_isHeld)
            (void)m_connection.ask(std::string("SELECT RELEASE_LOCK('") + kLockName + "')");
    }
    Lock(const Lock &) = delete;
    Lock &operator=(const Lock &) = delete;

    Result<> take()
    {
        const bool isPostgresql = m_connection.engine() == Engine::postgresql;
        if (!isPostgresql && dialectOf(m_connection.engine()) != schema::SqlDialect::mysql)
            return {};
        if (isPostgresql)
            if (Result<> bounded = m_connection.executeText("SET lock_timeout = '20s'"); !bounded)
                return bounded;
        Result<std::string> taken = isPostgresql
                                        ? m_connection.ask(std::string("SELECT pg_advisory_lock(") + kAdvisoryKey + ")")
                                        : m_connection.ask(std::string("SELECT GET_LOCK('") + kLockName + "', 20)");
        if (isPostgresql)
            (void)m_connection.executeText("RESET lock_timeout");
        if (!taken)
            return forward(std::move(taken));
        m_isHeld = isPostgresql || *taken == "1";
        if (!m_isHeld)
            return fail("migration.locked", "another program is at the migrations", "it is tried again by itself");
        return {};
    }

private:
    Connection &m_connection;
    bool m_isHeld = false;
};

// What was done is what the folder says, and nothing new stands before it.
Result<> compare(const DoneByNumber &done, const std::vector<MigrationFile> &files)
{
    for (const auto &[number, one] : done) {
        const auto file = std::find_if(files.begin(), files.end(),
                                       [number = number](const MigrationFile &each) { return each.number == number; });
        if (file == files.end())
            return fail("migration.missing", "`" + one.name + "` was done, and its file is gone", "put it back");
        if (file->checksum != one.checksum)
            return fail("migration.changed",
                        "`" + file->name + "` was done as `" + one.name + "`, and is another one now",
                        "put back what was done, and write the change as a new file");
    }
    for (const MigrationFile &file : files)
        if (!done.empty() && !done.contains(file.number) && file.number < done.rbegin()->first)
            return fail("migration.out-of-order",
                        "`" + file.name + "` is new, and `" + done.rbegin()->second.name +
                            "`, which comes after it, is done",
                        "give it the next number");
    return {};
}

Result<> record(Connection &connection, const MigrationFile &file)
{
    const Parameters values{{"number", QVariant(static_cast<qlonglong>(file.number))},
                            {"name", QString::fromStdString(file.name)},
                            {"checksum", QString::fromStdString(file.checksum)},
                            {"at", QDateTime::currentDateTimeUtc().toString(Qt::ISODate)}};
    Result<Outcome> recorded = connection.execute(
        "INSERT INTO mainstay_migrations (number, name, checksum, done_at) VALUES (:number, :name, :checksum, :at)",
        values);
    return recorded ? Result<>() : forward(std::move(recorded));
}

// MySQL ends a transaction before most statements that change no rows, and after the end of it each one for itself.
bool endsMysqlTransaction(const std::string &keyword)
{
    static constexpr std::array<std::string_view, 6> kInside{"INSERT", "UPDATE", "DELETE", "REPLACE", "SELECT", "WITH"};
    return std::find(kInside.begin(), kInside.end(), keyword) == kInside.end();
}

// Reads the one row there is.
class BegunReader : public RowReader {
public:
    void begin(const std::vector<Column> &) override { statements.reset(); }
    bool read(const Row &row) override
    {
        statements = row.value(0).toULongLong();
        return false;
    }
    std::optional<std::size_t> statements;
};

Parameters begunValues(const MigrationFile &file, std::size_t statements = 0)
{
    return {{"number", QVariant(static_cast<qlonglong>(file.number))},
            {"checksum", QString::fromStdString(file.checksum)},
            {"statements", QVariant(static_cast<qlonglong>(statements))}};
}

// Before a statement behind which the transaction is over, and before each one that follows: so many are done. Stays
// only where they do.
Result<> noteBegun(Connection &connection, const MigrationFile &file, std::size_t statements)
{
    Result<Outcome> noted = connection.execute("REPLACE INTO mainstay_migrations_begun (number, checksum, statements) "
                                               "VALUES (:number, :checksum, :statements)",
                                               begunValues(file, statements));
    return noted ? Result<>() : forward(std::move(noted));
}

Result<> forgetBegun(Connection &connection, const MigrationFile &file)
{
    return connection.executeText("DELETE FROM mainstay_migrations_begun WHERE number = " +
                                  std::to_string(file.number));
}

std::string engineName(Engine engine)
{
    return engine == Engine::mariadb ? "MariaDB" : "MySQL";
}

// Of a file that was broken off, some statements are done, and nobody but a human can tell what is to come of them. A
// file that was changed since is one that somebody has seen to.
Result<> checkBegun(Connection &connection, const MigrationFile &file, std::size_t statements)
{
    BegunReader begun;
    Result<Outcome> read = connection.execute(
        "SELECT statements FROM mainstay_migrations_begun WHERE number = :number AND checksum = :checksum",
        begunValues(file), &begun);
    if (!read)
        return forward(std::move(read));
    if (!begun.statements)
        return {};
    const std::size_t done = *begun.statements;
    const std::string before = done == 0   ? "nothing before it is done"
                               : done == 1 ? "the one before it is done, and stays"
                                           : "the " + std::to_string(done) + " before it are done, and stay";
    const std::string at = done == statements ? "behind its last statement; all of them are done, and stay"
                                              : "at statement " + std::to_string(done + 1) + " of " +
                                                    std::to_string(statements) + ", which may be done; " + before;
    return fail("migration.broken-off",
                "`" + file.name + "` failed or was broken off in an earlier run, " + at + ": " +
                    engineName(connection.engine()) +
                    " keeps no transaction over statements like CREATE, ALTER and DROP",
                kSeeToIt);
}

// How far a file came.
struct Progress {
    std::size_t statements = 0; // of the file
    std::size_t done = 0;
    std::uint32_t line = 1; // of the one that is run
    bool wasEnded = false;  // the transaction, on the way
};

Error fileFailure(Engine engine, const MigrationFile &file, const Progress &progress, const Error &error)
{
    const std::string place = "`" + file.name + "`, line " + std::to_string(progress.line) + ": ";
    if (dialectOf(engine) != schema::SqlDialect::mysql)
        return {"migration.failed", place + error.message, "mend the file; nothing of it was done"};
    const bool isAtEnd = progress.done == progress.statements;
    const std::string which = isAtEnd ? "after its last statement"
                                      : "statement " + std::to_string(progress.done + 1) + " of " +
                                            std::to_string(progress.statements) + " failed";
    const std::string what = place + which + ": " + error.message;
    if (progress.done == 0 || !progress.wasEnded)
        return {"migration.failed", what + "; none of its statements is done", "mend the file"};
    const std::string before = isAtEnd ? "all of them are done, and stay"
                               : progress.done == 1
                                   ? "the one before it is done, and stays"
                                   : "the " + std::to_string(progress.done) + " before it are done, and stay";
    return {"migration.failed",
            what + "; " + before + ": " + engineName(engine) +
                " keeps no transaction over statements like CREATE, ALTER and DROP",
            kSeeToIt};
}

// Whether what was done can no longer be taken back. MySQL does not tell: then it is guessed from the statements.
bool isTransactionOver(Connection &connection, bool guess)
{
    if (connection.engine() != Engine::mariadb)
        return guess;
    const Result<std::string> inside = connection.ask("SELECT @@in_transaction");
    return inside ? *inside != "1" : guess;
}

// SQLite follows foreign keys row by row as a table is dropped, and deletes what names its rows; yet making a table
// anew is its only way to change most of one. So they are not followed while a file runs, and looked at when it has
// (the procedure of sqlite.org/lang_altertable.html).
class ForeignKeys {
public:
    explicit ForeignKeys(Connection &connection)
        : m_connection(connection), m_isSqlite(connection.engine() == Engine::sqlite)
    {}
    ~ForeignKeys()
    {
        if (m_isSqlite && !m_connection.executeText("PRAGMA foreign_keys = ON"))
            m_connection.setSpent();
    }
    ForeignKeys(const ForeignKeys &) = delete;
    ForeignKeys &operator=(const ForeignKeys &) = delete;

    // Outside of a transaction: within one it would do nothing.
    [[nodiscard]] Result<> suspend()
    {
        return m_isSqlite ? m_connection.executeText("PRAGMA foreign_keys = OFF") : Result<>();
    }
    // Fails where rows name others that are not there, more than did before.
    [[nodiscard]] Result<> note() { return count(m_before); }
    [[nodiscard]] Result<> check()
    {
        std::uint64_t now = 0;
        Result<> counted = count(now);
        if (!counted || now <= m_before)
            return counted;
        const Result<std::string> one = m_connection.ask(
            "SELECT 'row ' || coalesce(rowid, '?') || ' of ' || \"table\" || ' names a row of ' || parent || "
            "' that is not there' FROM pragma_foreign_key_check LIMIT 1");
        return fail("migration.foreign-key", one ? *one : "rows name others that are not there",
                    "delete or change what names them in the same file: foreign keys are looked at when it has run");
    }

private:
    Result<> count(std::uint64_t &rows)
    {
        if (!m_isSqlite)
            return {};
        const Result<std::string> counted = m_connection.ask("SELECT count(*) FROM pragma_foreign_key_check");
        if (!counted)
            return tl::unexpected<Error>(counted.error());
        rows = QByteArray::fromStdString(*counted).toULongLong();
        return {};
    }

    Connection &m_connection;
    const bool m_isSqlite;
    std::uint64_t m_before = 0;
};

Result<> runFile(Connection &connection, const MigrationFile &file)
{
    const schema::SqlDialect dialect = dialectOf(connection.engine());
    Result<std::vector<ScriptStatement>> statements = splitScript(file.text, dialect);
    if (!statements)
        return fail("migration.failed", "`" + file.name + "`: " + statements.error().message,
                    statements.error().remedy);
    const bool isMysql = dialect == schema::SqlDialect::mysql;
    if (isMysql)
        if (Result<> whole = checkBegun(connection, file, statements->size()); !whole)
            return whole;
    Progress progress{statements->size()};
    ForeignKeys keys(connection);
    if (Result<> suspended = keys.suspend(); !suspended)
        return suspended;
    Result<> done = connection.transact(Access::write, 2, [&]() -> Result<> {
        if (Result<> noted = keys.note(); !noted)
            return noted;
        for (const ScriptStatement &statement : *statements) {
            progress.line = statement.line;
            const std::string keyword = leadingKeyword(statement.text, dialect);
            if (schema::isTransactionKeyword(keyword))
                return fail("migration.transaction", "each file is one transaction already",
                            "leave this statement out");
            progress.wasEnded = progress.wasEnded || endsMysqlTransaction(keyword);
            if (isMysql && progress.wasEnded)
                if (Result<> noted = noteBegun(connection, file, progress.done); !noted)
                    return noted;
            if (Result<> run = connection.executeText(statement.text); !run) {
                progress.wasEnded = isTransactionOver(connection, progress.wasEnded);
                return run;
            }
            ++progress.done;
        }
        if (Result<> checked = keys.check(); !checked)
            return checked;
        if (!isMysql || !progress.wasEnded)
            return record(connection, file);
        if (Result<> noted = noteBegun(connection, file, progress.done); !noted)
            return noted;
        Result<> recorded = record(connection, file);
        return recorded ? forgetBegun(connection, file) : recorded;
    });
    if (!done && isMysql && progress.done == 0)
        (void)forgetBegun(connection, file); // nothing of it is
    if (!done)
        return tl::unexpected<Error>(fileFailure(connection.engine(), file, progress, done.error()));
    return {};
}

Result<DoneByNumber> readDone(Connection &connection)
{
    DoneReader reader;
    Result<Outcome> read = connection.execute("SELECT number, name, checksum FROM mainstay_migrations", {}, &reader);
    if (!read)
        return forward(std::move(read));
    return std::move(reader.done);
}

Result<> migrateLocked(Connection &connection, const std::vector<MigrationFile> &files, MigrationState &state)
{
    Lock lock(connection);
    if (Result<> taken = lock.take(); !taken)
        return taken;
    if (Result<> made = connection.executeText(kTable); !made)
        return made;
    if (dialectOf(connection.engine()) == schema::SqlDialect::mysql)
        if (Result<> made = connection.executeText(kBegunTable); !made)
            return made;
    Result<DoneByNumber> done = readDone(connection);
    if (!done)
        return forward(std::move(done));
    const auto count = [&] {
        state.applied = static_cast<std::uint32_t>(done->size());
        state.pending = static_cast<std::uint32_t>(std::count_if(
            files.begin(), files.end(), [&](const MigrationFile &f) { return !done->contains(f.number); }));
    };
    count();
    if (Result<> fits = compare(*done, files); !fits)
        return fits;
    for (const MigrationFile &file : files) {
        if (done->contains(file.number))
            continue;
        if (Result<> run = runFile(connection, file); !run) {
            // Without a lock beside the transaction, another program may have been first.
            Result<DoneByNumber> now = readDone(connection);
            if (!now || !now->contains(file.number) || now->at(file.number).checksum != file.checksum)
                return run;
        }
        done->insert_or_assign(file.number, Done{file.name, file.checksum});
        count();
    }
    return {};
}

} // namespace

MigrationOutcome migrate(Connection &connection, const std::vector<MigrationFile> &files)
{
    MigrationOutcome outcome;
    outcome.state.pending = static_cast<std::uint32_t>(files.size());
    if (connection.engine() == Engine::other) {
        outcome.done =
            fail("migration.unsupported",
                 "migrations are for SQLite, PostgreSQL, MySQL and MariaDB, and this database is none of them",
                 "make its tables by its own means, and leave `migrations` out");
        return outcome;
    }
    // The transactions are those of the files; this one but sets the limits.
    outcome.done =
        connection.transact(Access::write, 1, [&] { return migrateLocked(connection, files, outcome.state); });
    return outcome;
}

} // namespace mainstay::databases
