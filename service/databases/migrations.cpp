// SPDX-License-Identifier: GPL-3.0-or-later
#include "databases/migrations.h"

#include "databases/sql_script.h"

#include <QDateTime>

#include <algorithm>
#include <array>
#include <map>
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
        Result<std::string> taken = isPostgresql
                                        ? m_connection.ask(std::string("SELECT pg_advisory_lock(") + kAdvisoryKey + ")")
                                        : m_connection.ask(std::string("SELECT GET_LOCK('") + kLockName + "', 20)");
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

bool endsTransaction(const std::string &keyword)
{
    return keyword == "BEGIN" || keyword == "COMMIT" || keyword == "ROLLBACK" || keyword == "START" || keyword == "END";
}

// MySQL ends a transaction before most statements that change no rows, and after the end of it each one for itself.
bool endsMysqlTransaction(const std::string &keyword)
{
    static constexpr std::array<std::string_view, 6> kInside{"INSERT", "UPDATE", "DELETE", "REPLACE", "SELECT", "WITH"};
    return std::find(kInside.begin(), kInside.end(), keyword) == kInside.end();
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
    const std::string name = engine == Engine::mariadb ? "MariaDB" : "MySQL";
    return {"migration.failed",
            what + "; " + before + ": " + name + " keeps no transaction over statements like CREATE, ALTER and DROP",
            "undo what is done, or take it out of the file, and mend the rest"};
}

// Whether what was done can no longer be taken back. MySQL does not tell: then it is guessed from the statements.
bool isTransactionOver(Connection &connection, bool guess)
{
    if (connection.engine() != Engine::mariadb)
        return guess;
    const Result<std::string> inside = connection.ask("SELECT @@in_transaction");
    return inside ? *inside != "1" : guess;
}

Result<> runFile(Connection &connection, const MigrationFile &file)
{
    const schema::SqlDialect dialect = dialectOf(connection.engine());
    Result<std::vector<ScriptStatement>> statements = splitScript(file.text, dialect);
    if (!statements)
        return fail("migration.failed", "`" + file.name + "`: " + statements.error().message,
                    statements.error().remedy);
    Progress progress{statements->size()};
    Result<> done = connection.transact(Access::write, 2, [&]() -> Result<> {
        for (const ScriptStatement &statement : *statements) {
            progress.line = statement.line;
            const std::string keyword = leadingKeyword(statement.text, dialect);
            if (endsTransaction(keyword))
                return fail("migration.transaction", "each file is one transaction already",
                            "leave this statement out");
            progress.wasEnded = progress.wasEnded || endsMysqlTransaction(keyword);
            if (Result<> run = connection.executeText(statement.text); !run) {
                progress.wasEnded = isTransactionOver(connection, progress.wasEnded);
                return run;
            }
            ++progress.done;
        }
        return record(connection, file);
    });
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
    // The transactions are those of the files; this one but sets the limits.
    outcome.done =
        connection.transact(Access::write, 1, [&] { return migrateLocked(connection, files, outcome.state); });
    return outcome;
}

} // namespace mainstay::databases
