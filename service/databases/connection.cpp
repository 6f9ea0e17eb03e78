// SPDX-License-Identifier: GPL-3.0-or-later
// Opening, closing, and the time a connection gives its statements.
#include "databases/connection.h"

#include "databases/connection_settings.h"
#include "databases/failure.h"

#include <QSqlDriver>
#include <QSqlError>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

namespace mainstay::databases {
namespace {

constexpr Milliseconds kWalAgain{5};

std::atomic<std::uint64_t> idsGiven = 0;
// The client libraries set themselves up with the first connection of each kind, and not for several at once.
std::mutex driverMutex;

Engine engineOf(config::DatabaseDriver driver)
{
    switch (driver) {
    case config::DatabaseDriver::sqlite:
        return Engine::sqlite;
    case config::DatabaseDriver::postgresql:
        return Engine::postgresql;
    case config::DatabaseDriver::mysql:
        return Engine::mariadb;
    case config::DatabaseDriver::odbc:
        break;
    }
    return Engine::other;
}

} // namespace

Connection::Connection(const Target &target, Ledger &ledger)
    : m_target(target), m_ledger(ledger), m_id(QStringLiteral("mainstay-%1").arg(++idsGiven))
{}

Connection::~Connection()
{
    close();
}

Result<> Connection::open()
{
    close();
    Result<ConnectionSettings> settings = connectionSettings(m_target.config, m_target.dataFolder);
    if (!settings)
        return forward(std::move(settings));
    if (!settings->file.empty())
        if (Result<> made = makeSqliteFile(settings->file); !made)
            return made;
    m_redaction = settings->redaction;
    m_engine = engineOf(m_target.config.driver);
    {
        const std::scoped_lock lock(driverMutex);
        m_database = QSqlDatabase::addDatabase(settings->driver, m_id);
    }
    if (!m_database.isValid()) {
        close();
        return fail("database.unreachable", "Qt's driver " + settings->driver.toStdString() + " is not installed",
                    "install the package libqt6sql6-" + settings->driver.mid(1).toLower().toStdString());
    }
    m_database.setHostName(settings->host);
    if (settings->port > 0)
        m_database.setPort(settings->port);
    m_database.setDatabaseName(settings->name);
    m_database.setUserName(settings->user);
    m_database.setPassword(settings->password);
    m_database.setConnectOptions(settings->options);
    m_database.setNumericalPrecisionPolicy(QSql::HighPrecision);
    if (Result<> connected = connect(); !connected)
        return connected;
    m_isOpen = true;
    m_used = SteadyClock::now();
    m_ledger.open.fetch_add(1, std::memory_order_relaxed);
    Result<> settled = settle();
    if (!settled)
        close();
    return settled;
}

Result<> Connection::connect()
{
    if (m_database.open())
        return {};
    const Error error = failure(m_database.lastError());
    close();
    return fail("database.unreachable", error.message,
                "see that it runs, that it can be reached from here, and that user and password are right");
}

void Connection::close()
{
    m_prepared.clear();
    m_guard.detach();
    if (m_database.isValid()) {
        m_database.close();
        m_database = {};
        const std::scoped_lock lock(driverMutex);
        QSqlDatabase::removeDatabase(m_id);
    }
    if (std::exchange(m_isOpen, false))
        m_ledger.open.fetch_sub(1, std::memory_order_relaxed);
    m_access = Access::write;
    m_inTransaction = false;
    m_isSpent = false;
    m_serverLimit = Milliseconds(-1);
}

// Makes the connection what the rest relies on.
Result<> Connection::settle()
{
    if (m_engine == Engine::other || m_engine == Engine::mariadb)
        findEngine();
    if (Result<> added = addOptions(); !added)
        return added;
    if (m_engine == Engine::postgresql)
        return own("SET standard_conforming_strings = on"); // what is a quote here is one there
    if (m_engine != Engine::sqlite)
        return {};
    m_guard.attach(m_database.driver()->handle());
    const auto patience = Milliseconds(m_target.config.connectTimeout);
    m_guard.setDeadline(SteadyTime::max(), patience);
    if (!m_guard.isAttached())
        if (Result<> set = own(("PRAGMA busy_timeout = " + std::to_string(patience.count())).c_str()); !set)
            return set;
    // A file that may not be written to can be read without.
    if (Result<> set = useWal(patience); !set && !isReadOnlyFile())
        return set;
    return own("PRAGMA foreign_keys = ON");
}

// While another connection makes a new file one with WAL, SQLite refuses at once, however long a lock is waited for.
Result<> Connection::useWal(Milliseconds patience)
{
    const SteadyTime until = SteadyClock::now() + patience;
    for (;;) {
        Result<> set = own("PRAGMA journal_mode = WAL");
        if (set || set.error().code != codeOf(FailureKind::locked) || SteadyClock::now() >= until)
            return set;
        std::this_thread::sleep_for(kWalAgain);
    }
}

// Connects anew with the option that what is found at the other end turns out to need.
Result<> Connection::addOptions()
{
    if (m_engine == Engine::sqlite && isOdbc()) {
        // The driver makes 32 bits of what is declared INTEGER.
        if (m_database.databaseName().contains(QLatin1String("BigInt"), Qt::CaseInsensitive))
            return {};
        m_database.close();
        m_database.setDatabaseName(m_database.databaseName() + QLatin1String(";BigInt=1"));
        return connect();
    }
    if (m_engine != Engine::postgresql || isOdbc())
        return {};
    // Qt escapes what it hands over as the server wants it when it connects.
    const Result<std::string> standard = ask("SHOW standard_conforming_strings");
    if (!standard || *standard != "off")
        return {};
    m_database.close();
    m_database.setConnectOptions(m_database.connectOptions() +
                                 QLatin1String(";options='-c standard_conforming_strings=on'"));
    return connect();
}

// What ODBC leads to, and MariaDB from MySQL, is told by the database alone.
void Connection::findEngine()
{
    const Result<std::string> version = ask("SELECT version()");
    if (version && version->find("PostgreSQL") != std::string::npos)
        m_engine = Engine::postgresql;
    else if (version && version->find("MariaDB") != std::string::npos)
        m_engine = Engine::mariadb;
    else if (version && ask("SELECT @@version_comment")) // others have a version() too
        m_engine = Engine::mysql;
    else if (ask("SELECT sqlite_version()"))
        m_engine = Engine::sqlite;
    m_isSpent = false;
}

std::string Connection::writableRemedy() const
{
    return "let the service's user write to `" + m_database.databaseName().toStdString() + "` and its folder";
}

bool Connection::answers()
{
    return m_isOpen && ask("SELECT 1").has_value();
}

Result<std::string> Connection::serverVersion()
{
    switch (m_engine) {
    case Engine::sqlite:
        return ask("SELECT 'SQLite ' || sqlite_version()");
    case Engine::postgresql:
        return ask("SELECT 'PostgreSQL ' || current_setting('server_version')");
    case Engine::mariadb:
    case Engine::mysql:
        return ask("SELECT version()").map([this](const std::string &version) {
            return (m_engine == Engine::mariadb ? "MariaDB " : "MySQL ") + version;
        });
    case Engine::other:
        break;
    }
    if (Result<std::string> version = ask("SELECT @@VERSION"))
        return version;
    return std::string();
}

void Connection::startWork(Milliseconds limit, SteadyTime deadline)
{
    m_limit = limit;
    m_deadline = deadline;
    m_hasWritten = false;
    m_loggedAs.clear();
    const auto left = std::chrono::ceil<Milliseconds>(deadline - SteadyClock::now());
    // A lock is waited for as long as a connection would be, and that the time still lasts.
    m_guard.setDeadline(
        m_deadline,
        std::clamp(left, Milliseconds(1), std::max(Milliseconds(1), Milliseconds(m_target.config.connectTimeout))));
}

// Lets the server itself give up what takes too long.
Result<> Connection::limitStatements()
{
    if (m_serverLimit == m_limit)
        return {};
    const std::string milliseconds = std::to_string(m_limit.count());
    Result<> set;
    if (m_engine == Engine::postgresql)
        set = own(("SET statement_timeout = " + milliseconds).c_str());
    else if (m_engine == Engine::mariadb)
        set = own(("SET SESSION max_statement_time = " + milliseconds + " / 1000").c_str());
    else if (m_engine == Engine::mysql)
        set = own(("SET SESSION max_execution_time = " + milliseconds).c_str());
    if (set)
        m_serverLimit = m_limit;
    return set;
}

Result<> Connection::own(const char *sql)
{
    QSqlQuery query(m_database);
    if (!query.exec(QString::fromUtf8(sql)))
        return tl::unexpected<Error>(failure(query.lastError()));
    for (;;)
        if (const Result<bool> more = nextResult(query); !more || !*more)
            return more ? Result<>() : tl::unexpected<Error>(more.error());
}

Result<std::string> Connection::ask(const std::string &sql)
{
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    if (!query.exec(QString::fromStdString(sql)))
        return tl::unexpected<Error>(failure(query.lastError()));
    return query.next() ? query.value(0).toString().toStdString() : std::string();
}

Error Connection::failure(const QSqlError &error, const std::string &context)
{
    FailureKind kind = kindOf(error, m_engine);
    // Nobody else would end it.
    if (m_isOpen && kind == FailureKind::statement && isOverdue())
        kind = FailureKind::timeout;
    m_isSpent =
        m_isSpent || kind == FailureKind::lost || kind == FailureKind::damaged || endsConnection(error, m_engine);
    // Only the first line: those below may quote values.
    const QString text = error.databaseText().isEmpty() ? error.driverText() : error.databaseText();
    QString line = text.trimmed().section(QLatin1Char('\n'), 0, 0).simplified();
    if (kind == FailureKind::timeout && m_engine == Engine::sqlite)
        line = QStringLiteral("it took too long"); // for "interrupted"
    const bool isRefused = kind == FailureKind::readOnly || line.startsWith(QLatin1String("not authorized"));
    if (m_guard.isAttached() && m_access == Access::read && isRefused) {
        kind = FailureKind::readOnly;
        line = QStringLiteral("the statement would do more than read");
    }
    std::string message = "database `" + m_target.name + "`" + context + ": " + m_redaction.apply(line.toStdString());
    if (kind == FailureKind::damaged)
        return {codeOf(kind), std::move(message), "put a backup back: `mv` a whole database over its file"};
    if (kind == FailureKind::readOnly && m_access == Access::write && isReadOnlyFile())
        return {"database.unreachable", std::move(message), writableRemedy()};
    return {codeOf(kind), std::move(message), {}};
}

} // namespace mainstay::databases
