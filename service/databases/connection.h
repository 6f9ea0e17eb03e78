// SPDX-License-Identifier: GPL-3.0-or-later
// One connection to a database.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "config/database.h"
#include "databases/engine.h"
#include "databases/ledger.h"
#include "databases/rows.h"
#include "databases/secrets.h"
#include "databases/sqlite_guard.h"
#include "databases/statement_text.h"

#include <QSqlDatabase>
#include <QSqlQuery>

#include <filesystem>
#include <functional>
#include <string>
#include <unordered_map>

namespace mainstay::databases {

// Immutable. Which database. Its query_timeout is the longest that any statement takes: a client library gives a silent
// server up a little later.
struct Target {
    std::string name; // in the configuration, for messages
    config::DatabaseConfig config;
    std::filesystem::path dataFolder; // of SQLite's files
};

// The thread it was made on, but for cancel(). Errors carry no secret; see FailureKind for their codes, and besides
// them "database.unreachable" when it cannot be opened, "sql.several" for more than one statement, "sql.transaction"
// for one that begins or ends a transaction, and "sql.placeholder" for text that Qt would change.
class Connection {
public:
    Connection(const Target &target, Ledger &ledger);
    ~Connection();
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;

    [[nodiscard]] Result<> open();
    void close();
    [[nodiscard]] bool isOpen() const { return m_isOpen; }
    [[nodiscard]] const std::string &name() const { return m_target.name; }
    [[nodiscard]] Engine engine() const { return m_engine; }
    // Whether it answers. Costs a question to the server.
    [[nodiscard]] bool answers();
    // See SqliteGuard; of no other database anything is known.
    [[nodiscard]] bool isFileReplaced() const { return m_guard.isFileReplaced(); }
    [[nodiscard]] std::uint64_t fileNumber() const { return m_guard.fileNumber(); }
    // Whether SQLite may only read its file, and what to do about it.
    [[nodiscard]] bool isReadOnlyFile() const { return m_guard.isReadOnlyFile(); }
    // Whether it may do more than that when it is opened anew.
    [[nodiscard]] bool mayWriteByNow() const { return m_guard.mayWriteByNow(); }
    [[nodiscard]] std::string writableRemedy() const;
    void noteFiles() { m_guard.noteFiles(); }
    void leaveFile() { m_guard.leaveFile(); }
    // "PostgreSQL 15.3".
    [[nodiscard]] Result<std::string> serverVersion();

    // How long ago it was last worked on.
    [[nodiscard]] Milliseconds idleFor() const
    {
        return std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - m_used);
    }

    // What follows is one piece of work, until the deadline. `limit` is the time the server gives each of its
    // statements, which costs a question where it differs from that of the work before.
    void startWork(Milliseconds limit, SteadyTime deadline);
    void startWork(Milliseconds limit) { startWork(limit, SteadyClock::now() + limit); }
    // Whether that work may have changed something, so that it must not be done again.
    [[nodiscard]] bool hasWritten() const { return m_hasWritten; }
    // Whether it is to be closed behind the work: lost, or left in a state nobody knows.
    [[nodiscard]] bool isSpent() const { return m_isSpent; }
    void setSpent() { m_isSpent = true; }
    // Any thread. The work ends soon, where that can be had, and none is done any more.
    void cancel() noexcept { m_guard.cancel(); }

    // Runs `work`, which executes so many statements, all of them or none. Access::read: the database refuses changes.
    // It is run anew, once, when nothing of it stays and it failed with a statement prepared before: the database may
    // have changed since.
    [[nodiscard]] Result<> transact(Access access, std::size_t statements, const std::function<Result<>()> &work);
    // One statement, its parameters bound. Within transact().
    [[nodiscard]] Result<Outcome> execute(const std::string &sql, const Parameters &parameters,
                                          RowReader *reader = nullptr, const Page *page = nullptr);
    // What the log of slow statements shows for the rest of the work, instead of what is executed.
    void logAs(std::string sql) { m_loggedAs = std::move(sql); }
    // SQLite, unless by ODBC: no value, and no row, may be longer any more.
    void limitValues(std::size_t bytes) { m_guard.limitValues(bytes); }
    // The text as it stands: for migrations, and for what cannot be prepared.
    [[nodiscard]] Result<> executeText(const std::string &sql);
    // The first value of the first row, of a statement of our own; empty when there is none.
    [[nodiscard]] Result<std::string> ask(const std::string &sql);

private:
    enum class Way : std::uint8_t {
        prepared,
        direct,    // sent as it is each time
        variables, // MariaDB and MySQL: prepared in SQL, with variables of the session as its parameters
    };
    struct Prepared {
        StatementText statement;
        QSqlQuery query;
        Way way = Way::prepared;
    };

    [[nodiscard]] Result<> settle();
    [[nodiscard]] Result<> useWal(Milliseconds patience);
    [[nodiscard]] Result<> addOptions();
    [[nodiscard]] Result<> connect();
    void findEngine();
    [[nodiscard]] bool isOdbc() const { return m_target.config.driver == config::DatabaseDriver::odbc; }
    [[nodiscard]] bool isMysql() const { return dialectOf(m_engine) == schema::SqlDialect::mysql; }
    [[nodiscard]] Result<> limitStatements();
    [[nodiscard]] Result<> transactOnce(Access access, std::size_t statements, const std::function<Result<>()> &work);
    [[nodiscard]] Result<> begin(Access access, std::size_t statements);
    [[nodiscard]] Result<> end(bool keep);
    [[nodiscard]] Result<> checkReading(const StatementText &statement) const;
    [[nodiscard]] ParameterForms formsOf(const Parameters &parameters) const;
    [[nodiscard]] Result<Prepared *> prepared(const std::string &sql, bool paged, const ParameterForms &forms);
    [[nodiscard]] Way wayOf(const StatementText &statement) const;
    [[nodiscard]] bool isKept(const Prepared &prepared) const;
    [[nodiscard]] Result<QVariantList> valuesOf(const StatementText &statement, const Parameters &parameters,
                                                const std::vector<std::string> &asBytes, const Page *page) const;
    [[nodiscard]] Result<Outcome> executeOnce(const std::string &sql, const Parameters &parameters, RowReader *reader,
                                              const Page *page);
    [[nodiscard]] Result<> start(Prepared &prepared, const QVariantList &values);
    [[nodiscard]] Result<> startWithVariables(Prepared &prepared, const QVariantList &values);
    [[nodiscard]] Result<> checkSize(const QVariantList &values);
    [[nodiscard]] Result<> setVariables(const QString &text, const QVariantList &values);
    [[nodiscard]] Result<Outcome> readResults(Prepared &prepared, RowReader *reader, std::uint64_t skip);
    [[nodiscard]] Result<> readRows(QSqlQuery &query, RowReader *reader, std::uint64_t skip);
    [[nodiscard]] Result<bool> nextResult(QSqlQuery &query);
    [[nodiscard]] Result<> own(const char *sql);
    [[nodiscard]] Error failure(const QSqlError &error, const std::string &context = {});
    void note(SteadyTime started, const std::string &sql, bool ok);
    [[nodiscard]] bool isOverdue() const { return SteadyClock::now() >= m_deadline; }

    const Target &m_target;
    Ledger &m_ledger;
    const QString m_id; // Qt's name for it
    Engine m_engine = Engine::other;
    Redaction m_redaction;
    SqliteGuard m_guard;
    QSqlDatabase m_database;
    std::unordered_map<std::string, Prepared> m_prepared;
    Access m_access = Access::write;
    SteadyTime m_deadline = SteadyTime::max();
    SteadyTime m_used;
    Milliseconds m_limit{0};
    Milliseconds m_serverLimit{-1}; // that the server knows of
    bool m_isOpen = false;
    bool m_inTransaction = false;
    bool m_hasWritten = false;
    bool m_isSpent = false;
    bool m_wasStale = false; // a statement that was prepared before has failed
    std::string m_loggedAs;
};

} // namespace mainstay::databases
