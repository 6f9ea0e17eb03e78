// SPDX-License-Identifier: GPL-3.0-or-later
// Transactions and statements of a connection.
#include "databases/connection.h"

#include "databases/failure.h"
#include "databases/sql_script.h"

#include <QSqlDriver>
#include <QSqlError>

#include <algorithm>
#include <array>

namespace mainstay::databases {
namespace {

constexpr std::size_t kPreparedKept = 200;
constexpr std::size_t kLoggedLength = 1000;

template <class List>
bool has(const List &list, std::string_view keyword)
{
    return std::find(list.begin(), list.end(), keyword) != list.end();
}

constexpr std::array<std::string_view, 3> kReading{"SELECT", "WITH", "VALUES"};
constexpr std::array<std::string_view, 3> kPostgresqlReading{"SHOW", "EXPLAIN", "TABLE"};
constexpr std::array<std::string_view, 5> kMysqlReading{"SHOW", "EXPLAIN", "DESCRIBE", "DESC", "TABLE"};

// PostgreSQL and MySQL prepare only some kinds of statements; the others go as they are. What MySQL prepares is one
// statement to the server too, while Qt lets several through where it does not prepare.
bool canPrepare(std::string_view keyword, Engine engine)
{
    static constexpr std::array<std::string_view, 4> kChanging{"INSERT", "UPDATE", "DELETE", "REPLACE"};
    return engine == Engine::sqlite || has(kReading, keyword) || has(kChanging, keyword) ||
           (keyword == "MERGE" && engine == Engine::postgresql) ||
           (dialectOf(engine) == schema::SqlDialect::mysql && has(kMysqlReading, keyword));
}

// What can neither end the transaction that makes it read only nor change anything behind its back.
bool isReading(std::string_view keyword, Engine engine)
{
    return has(kReading, keyword) || (engine == Engine::postgresql && has(kPostgresqlReading, keyword)) ||
           (dialectOf(engine) == schema::SqlDialect::mysql && has(kMysqlReading, keyword)) ||
           (engine == Engine::sqlite && keyword == "EXPLAIN");
}

// Under which a statement is kept.
std::string keyOf(const std::string &sql, bool paged, const ParameterForms &forms)
{
    std::string key = paged ? sql + "\n:page" : sql;
    for (const std::string &name : forms.asBytes)
        key += "\n:" + name;
    for (const auto &[name, type] : forms.types)
        key += "\n:" + name + " " + type;
    return key;
}

} // namespace

Result<> Connection::transact(Access access, std::size_t statements, const std::function<Result<>()> &work)
{
    m_wasStale = false;
    Result<> done = transactOnce(access, statements, work);
    // Elsewhere what was done before may stay; execute() sees to it there.
    if (!done && std::exchange(m_wasStale, false) && m_engine == Engine::postgresql && !m_isSpent) {
        m_prepared.clear();
        done = transactOnce(access, statements, work);
    }
    return done;
}

Result<> Connection::transactOnce(Access access, std::size_t statements, const std::function<Result<>()> &work)
{
    Result<> done = limitStatements();
    if (done)
        done = begin(access, statements);
    if (!done)
        return done;
    done = work();
    // Reading is rolled back, and with it settings that a statement may have left.
    const bool keep = done && access == Access::write;
    if (std::exchange(m_inTransaction, false)) {
        const Result<> ended = end(keep);
        if (!ended && keep) {
            done = fail(ended.error().code, ended.error().message + ", at the end of the transaction");
            if (m_engine == Engine::sqlite)
                (void)end(false);
        }
        // SQLite ends a transaction by itself after some errors; elsewhere nobody knows what is left.
        m_isSpent = m_isSpent || (!ended && m_engine != Engine::sqlite);
    }
    m_access = Access::write; // SQLite is told with the next work, which mostly may do the same
    return done;
}

Result<> Connection::begin(Access access, std::size_t statements)
{
    m_access = access;
    const bool isRead = access == Access::read;
    if (m_engine == Engine::sqlite) {
        if (m_guard.isAttached())
            m_guard.setAccess(access);
        else if (Result<> set = own(isRead ? "PRAGMA query_only = 1" : "PRAGMA query_only = 0"); !set)
            return set;
        if (statements < 2)
            return {};
    } else if (!isRead && statements < 2) {
        return {};
    }
    const char *start = "BEGIN";
    if (m_engine == Engine::sqlite)
        start = isRead ? "BEGIN" : "BEGIN IMMEDIATE";
    else if (m_engine == Engine::postgresql)
        start = isRead ? "BEGIN READ ONLY" : "BEGIN";
    else
        start = isRead ? "START TRANSACTION READ ONLY" : "START TRANSACTION";
    if (m_engine == Engine::other) {
        if (!m_database.transaction())
            return tl::unexpected<Error>(failure(m_database.lastError()));
    } else if (Result<> begun = own(start); !begun) {
        return begun;
    }
    m_inTransaction = true;
    return {};
}

Result<> Connection::end(bool keep)
{
    if (m_engine != Engine::other)
        return own(keep ? "COMMIT" : "ROLLBACK");
    if (keep ? m_database.commit() : m_database.rollback())
        return {};
    return tl::unexpected<Error>(failure(m_database.lastError()));
}

// Only what is understood is let through: SQLite itself says what a statement does, elsewhere its text must.
Result<> Connection::checkReading(const StatementText &statement) const
{
    if (m_access == Access::write || m_guard.isAttached())
        return {};
    const auto refuse = [this](const std::string &why, const char *remedy) {
        return fail(codeOf(FailureKind::readOnly), "database `" + m_target.name + "`: " + why, remedy);
    };
    const bool isEnforced = m_engine != Engine::sqlite && m_engine != Engine::other;
    if (!isEnforced && !m_target.config.unguardedReads)
        return refuse(
            "nothing holds a statement to reading on " +
                std::string(m_engine == Engine::sqlite ? "SQLite by ODBC" : "a database that is not known"),
            "use another driver, or set unguarded_reads = true and give its user no rights to change anything");
    if (!isReading(statement.keyword, m_engine))
        return refuse((statement.keyword.empty() ? "this" : statement.keyword) +
                          " is not let through where only reading is allowed",
                      "begin with SELECT or WITH");
    if (statement.isAmbiguous)
        return refuse("control characters and /*! are not let through where only reading is allowed",
                      "leave them out, or put them between quotes");
    return {};
}

ParameterForms Connection::formsOf(const Parameters &parameters) const
{
    ParameterForms forms;
    // MariaDB's and MySQL's drivers of ODBC put a NUL behind each text that is bound, and none behind bytes.
    const bool needsBytes = isMysql() && isOdbc();
    if (!needsBytes && m_engine != Engine::postgresql)
        return forms;
    for (const auto &[name, value] : parameters) {
        if (value.isNull())
            continue;
        const int type = value.typeId();
        if (needsBytes && type == QMetaType::QString)
            forms.asBytes.push_back(name);
        else if (!needsBytes && type == QMetaType::LongLong)
            forms.types.emplace(name, "BIGINT");
        else if (!needsBytes && type == QMetaType::Double)
            forms.types.emplace(name, "DOUBLE PRECISION");
        else if (!needsBytes && type == QMetaType::Bool)
            forms.types.emplace(name, "BOOLEAN");
    }
    return forms;
}

Result<Connection::Prepared *> Connection::prepared(const std::string &sql, bool paged, const ParameterForms &forms)
{
    const std::string key = keyOf(sql, paged, forms);
    if (const auto found = m_prepared.find(key); found != m_prepared.end())
        return &found->second;
    Result<std::vector<ScriptStatement>> parts = splitScript(sql, dialectOf(m_engine));
    if (!parts)
        return forward(std::move(parts));
    if (parts->size() != 1)
        return fail("sql.several", parts->empty() ? "there is no statement" : "this is more than one statement",
                    "send one statement");
    StatementText statement = statementText(parts->front().text, dialectOf(m_engine), forms);
    if (schema::isTransactionKeyword(statement.keyword)) // which would leave the connection in one, or out of it
        return fail("sql.transaction",
                    "database `" + m_target.name + "`: " + statement.keyword +
                        " is not let through: what is done together is one transaction already",
                    "leave it out");
    // WITH may stand before a change, which knows no LIMIT.
    const bool isQuery = statement.keyword == "SELECT" || (statement.keyword == "WITH" && m_access == Access::read);
    if (paged && isQuery && m_engine != Engine::other && !statement.hasLimit) {
        statement.text += QStringLiteral("\nLIMIT ? OFFSET ?");
        statement.names.insert(statement.names.end(), {StatementText::kRows, StatementText::kOffset});
    }
    if (Result<> readable = checkReading(statement); !readable) // before a server sees it
        return forward(std::move(readable));
    if (m_prepared.size() >= kPreparedKept)
        m_prepared.clear();
    if (m_engine == Engine::sqlite && isOdbc() && statement.hasReturning && statement.keyword != "SELECT")
        return fail(codeOf(FailureKind::statement),
                    "database `" + m_target.name + "`: SQLite's driver of ODBC loses the rows of RETURNING",
                    "leave RETURNING out, or use the database without ODBC: `file`");
    // SQLite notices what others have changed when it runs a statement, and Qt counts the columns before that.
    if (m_engine == Engine::sqlite && statement.hasStar)
        if (Result<std::string> looked = ask("SELECT count(*) FROM sqlite_master LIMIT 0"); !looked)
            return forward(std::move(looked));
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    Way way = wayOf(statement);
    if (way == Way::prepared && !statement.mistaken.empty())
        return fail("sql.placeholder",
                    "database `" + m_target.name + "`: `" + statement.mistaken +
                        "` would be mistaken by the driver, which looks for parameters by itself",
                    "hand it over as the value of a parameter");
    if (way == Way::prepared && !query.prepare(statement.text))
        return tl::unexpected<Error>(failure(query.lastError()));
    // The server has taken it for one statement. Prepared, some of these tell no columns: SHOW PROCESSLIST.
    if (isMysql() && !has(kReading, statement.keyword) && has(kMysqlReading, statement.keyword) &&
        statement.names.empty())
        way = Way::direct;
    return &m_prepared.insert_or_assign(key, Prepared{std::move(statement), std::move(query), way}).first->second;
}

// Of what is prepared, Qt's driver of MySQL fetches the rows of a SELECT alone, and with them the error that comes in
// their place. And it makes room for the columns that are told before the parameters are, whose types the server does
// not know then.
Connection::Way Connection::wayOf(const StatementText &statement) const
{
    const bool isNativeMysql = isMysql() && !isOdbc();
    const bool isReading = has(kReading, statement.keyword);
    if (isNativeMysql && (isReading ? statement.selectsParameter : statement.hasReturning))
        return Way::variables;
    if (canPrepare(statement.keyword, m_engine))
        return isNativeMysql && has(kMysqlReading, statement.keyword) && !statement.names.empty() ? Way::variables
                                                                                                  : Way::prepared;
    if (statement.names.empty())
        return Way::direct;
    return isNativeMysql ? Way::variables : Way::prepared;
}

// All but PostgreSQL, which fails, prepare anew what has changed below a statement without a word to their drivers,
// which go on with the columns they were told first.
bool Connection::isKept(const Prepared &prepared) const
{
    const bool tellsChanges = m_engine == Engine::postgresql;
    const bool mayGiveOthers = prepared.statement.hasStar || !canPrepare(prepared.statement.keyword, m_engine);
    return tellsChanges || !mayGiveOthers;
}

Result<QVariantList> Connection::valuesOf(const StatementText &statement, const Parameters &parameters,
                                          const std::vector<std::string> &asBytes, const Page *page) const
{
    QVariantList values;
    for (const std::string &name : statement.names) {
        if (name == StatementText::kRows || name == StatementText::kOffset) {
            values += static_cast<qlonglong>(name == StatementText::kRows ? page->rows : page->offset);
            continue;
        }
        const auto found = parameters.find(name);
        if (found == parameters.end())
            return fail("sql.unknown-parameter", "the statement names `:" + name + "`, and there is no such parameter",
                        "declare it, or leave it out");
        if (std::find(asBytes.begin(), asBytes.end(), name) != asBytes.end())
            values += found->second.toString().toUtf8();
        else
            values += found->second.isValid() ? found->second : QVariant(QMetaType::fromType<QString>());
    }
    return values;
}

Result<Outcome> Connection::execute(const std::string &sql, const Parameters &parameters, RowReader *reader,
                                    const Page *page)
{
    if (isOverdue())
        return fail(codeOf(FailureKind::timeout),
                    "database `" + m_target.name + "`: no time is left for the statement");
    const SteadyTime started = SteadyClock::now();
    m_wasStale = false;
    Result<Outcome> outcome = executeOnce(sql, parameters, reader, page);
    // Reading, it has done nothing yet, and MySQL's transactions outlive an error.
    const bool isAgain = !outcome && m_wasStale && isMysql() && !m_isSpent;
    if (isAgain && has(kReading, leadingKeyword(sql, dialectOf(m_engine))))
        outcome = executeOnce(sql, parameters, reader, page);
    note(started, m_loggedAs.empty() ? sql : m_loggedAs, outcome.has_value());
    return outcome;
}

Result<Outcome> Connection::executeOnce(const std::string &sql, const Parameters &parameters, RowReader *reader,
                                        const Page *page)
{
    const ParameterForms forms = formsOf(parameters);
    const std::string key = keyOf(sql, page != nullptr, forms);
    const bool wasPrepared = m_prepared.contains(key);
    Result<Prepared *> found = prepared(sql, page != nullptr, forms);
    if (!found)
        return forward(std::move(found));
    Prepared &statement = **found;
    Result<Outcome> outcome;
    if (Result<> readable = checkReading(statement.statement); !readable)
        return forward(std::move(readable));
    Result<QVariantList> values = valuesOf(statement.statement, parameters, forms.asBytes, page);
    m_hasWritten = m_hasWritten || m_access == Access::write;
    if (!values)
        outcome = forward(std::move(values));
    else if (Result<> fits = checkSize(*values); !fits)
        outcome = forward(std::move(fits));
    else if (Result<> started = start(statement, *values); !started)
        outcome = forward(std::move(started));
    else
        outcome = readResults(statement, reader, page && !statement.statement.isPaged() ? page->offset : 0);
    statement.query.finish();
    // Of a CALL nobody knows what it has committed.
    m_wasStale = !outcome && wasPrepared && canPrepare(statement.statement.keyword, m_engine) &&
                 outcome.error().code == codeOf(FailureKind::statement);
    if (!outcome || !isKept(statement)) // it may fit the database no longer
        m_prepared.erase(key);
    return outcome;
}

Result<> Connection::executeText(const std::string &sql)
{
    const SteadyTime started = SteadyClock::now();
    m_hasWritten = true;
    Result<> done = own(sql.c_str());
    note(started, sql, done.has_value());
    return done;
}

void Connection::note(SteadyTime started, const std::string &sql, bool ok)
{
    m_used = SteadyClock::now();
    m_ledger.statements.fetch_add(1, std::memory_order_relaxed);
    if (!ok)
        m_ledger.errors.fetch_add(1, std::memory_order_relaxed);
    const auto spent = std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - started);
    if (m_ledger.slowQuery.count() == 0 || spent < m_ledger.slowQuery)
        return;
    m_ledger.slow.fetch_add(1, std::memory_order_relaxed);
    if (!m_ledger.log || m_ledger.isSilent.load())
        return;
    std::string text = withoutLiterals(sql, dialectOf(m_engine));
    if (text.size() > kLoggedLength)
        text.replace(kLoggedLength, std::string::npos, " …");
    m_ledger.log("slow statement on database `" + m_target.name + "`: " + std::to_string(spent.count()) +
                 " ms: " + text);
}

} // namespace mainstay::databases
