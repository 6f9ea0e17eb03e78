// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/watched_database.h"

#include "databases/connection_settings.h"
#include "databases/console_query.h"
#include "databases/failure.h"
#include "schema/kinds.h"
#include "schema/node.h"

#include <algorithm>

namespace mainstay::control {
namespace {

constexpr std::uint32_t kMostConnections = 3; // of the core, whose work is occasional
constexpr Milliseconds kMigrationLimit{3'600'000};

databases::Target ownTarget(databases::Target target)
{
    target.config.pool = std::min(target.config.pool, kMostConnections);
    // A client library that gives up reading would cut a long migration off.
    if (!target.config.migrations.empty())
        target.config.queryTimeout = std::max(target.config.queryTimeout, config::Duration(kMigrationLimit));
    return target;
}

} // namespace

WatchedDatabase::WatchedDatabase(databases::Target target, Background &background, logs::EventLog &events)
    : m_target(std::move(target)), m_background(background), m_events(events)
{
    m_status.name = m_target.name;
    m_status.driver = schema::enumName(m_target.config.driver);
    m_status.target = databases::targetText(m_target.config);
    m_status.console = schema::enumName(m_target.config.console);
    const auto log = [&background, &events, path = path()](const std::string &line) {
        background.post([&events, path, line] { events.add(logs::EventSeverity::warning, path, line); });
    };
    m_pool = std::make_unique<databases::Pool>(databases::Pool::Options{ownTarget(m_target), "core", log});
}

WatchedDatabase::~WatchedDatabase()
{
    m_background.run([pool = std::shared_ptr<databases::Pool>(std::move(m_pool))]() mutable { pool.reset(); });
}

std::string WatchedDatabase::path() const
{
    return schema::joinPath("database", m_target.name);
}

rpc::DatabaseStatus WatchedDatabase::status() const
{
    rpc::DatabaseStatus status = m_status;
    status.pools.push_back(m_pool->counters());
    return status;
}

template <class T>
std::function<void(T)> WatchedDatabase::toControl(std::function<void(T)> take)
{
    // Only looked at on the control thread.
    auto waiting =
        std::make_shared<std::pair<QPointer<WatchedDatabase>, std::function<void(T)>>>(this, std::move(take));
    return [&background = m_background, waiting = std::move(waiting)](T result) mutable {
        auto shared = std::make_shared<T>(std::move(result));
        background.post([waiting = std::move(waiting), shared] {
            if (waiting->first)
                waiting->second(std::move(*shared));
        });
    };
}

void WatchedDatabase::check()
{
    if (std::exchange(m_checking, true))
        return;
    databases::checkHealth(*m_pool, toControl<Result<databases::Health>>(
                                        [this](const Result<databases::Health> &health) { takeHealth(health); }));
}

void WatchedDatabase::takeHealth(const Result<databases::Health> &health)
{
    m_checking = false;
    m_status.lastCheck = WallClock::now();
    // Its own queries and migrations take all connections there are: whether it answers was not found out.
    if (!health && health.error().code == "database.busy") {
        if (m_status.health != rpc::DatabaseHealth::down)
            m_status.reason = "not asked: all connections of the service itself are at work";
        return;
    }
    const rpc::DatabaseHealth before = m_status.health;
    m_status.health = health ? rpc::DatabaseHealth::up : rpc::DatabaseHealth::down;
    m_status.reason = health ? "answers" : health.error().text();
    if (health && !health->readOnly.empty())
        m_status.reason = "answers, but can only be read; to write, " + health->readOnly;
    if (health)
        m_status.serverVersion = health->version;
    if (m_status.health != before) {
        if (health)
            m_events.add(logs::EventSeverity::info, path(), "up: " + health->version);
        else
            m_events.add(logs::EventSeverity::warning, path(), "down: " + m_status.reason);
    }
    const std::uint64_t file = health ? health->file : m_file;
    const bool isReplaced = m_file != 0 && file != m_file;
    m_file = file;
    if (isReplaced)
        m_events.add(logs::EventSeverity::warning, path(),
                     "its file was replaced or removed meanwhile, and what has its name now is used");
    if (health && (m_retryMigrations || isReplaced))
        migrate();
}

void WatchedDatabase::migrate()
{
    if (m_target.config.migrations.empty())
        return;
    m_migrated = false;
    if (std::exchange(m_migrating, true)) {
        m_migrateAgain = true;
        return;
    }
    m_retryMigrations = false;
    using Files = Result<std::vector<databases::MigrationFile>>;
    m_background.run(
        this, [folder = m_target.config.migrations.path]() -> Files { return databases::readMigrations(folder); },
        [this](Files files) {
            if (files)
                runMigrations(std::move(*files));
            else
                takeMigrations({{m_status.migrationsApplied, m_status.migrationsPending}, forward(std::move(files))});
        });
}

void WatchedDatabase::runMigrations(std::vector<databases::MigrationFile> files)
{
    m_status.migrationsPending = static_cast<std::uint32_t>(files.size()) -
                                 std::min(static_cast<std::uint32_t>(files.size()), m_status.migrationsApplied);
    using Outcome = Result<databases::MigrationOutcome>;
    m_pool->run<databases::MigrationOutcome>(
        kMigrationLimit,
        [files = std::move(files)](databases::Connection &connection) -> Outcome {
            databases::MigrationOutcome outcome = databases::migrate(connection, files);
            connection.setSpent(); // files may set what they like on it
            return outcome;
        },
        toControl<Outcome>([this](const Outcome &outcome) {
            takeMigrations(outcome
                               ? *outcome
                               : databases::MigrationOutcome{{m_status.migrationsApplied, m_status.migrationsPending},
                                                             tl::unexpected<Error>(outcome.error())});
        }),
        databases::Pool::Urgency::probe);
}

void WatchedDatabase::takeMigrations(const databases::MigrationOutcome &outcome)
{
    m_migrating = false;
    if (outcome.state.applied > m_status.migrationsApplied)
        m_events.add(logs::EventSeverity::info, path(),
                     std::to_string(outcome.state.applied) + " migrations done, " +
                         std::to_string(outcome.state.pending) + " to do");
    m_status.migrationsApplied = outcome.state.applied;
    m_status.migrationsPending = outcome.state.pending;
    setMigrationProblem(outcome.done ? nullptr : &outcome.done.error());
    if (std::exchange(m_migrateAgain, false))
        return migrate();
    m_migrated = outcome.done.has_value();
}

void WatchedDatabase::setMigrationProblem(const Error *error)
{
    const std::string problem = error ? error->text() : "";
    if (error && problem != m_status.migrationProblem)
        m_events.add(logs::EventSeverity::error, path(), "migrations: " + problem);
    m_status.migrationProblem = problem;
    // A damaged one may be replaced.
    const auto is = [error](const char *code) { return error->code == code; };
    m_retryMigrations = error && (databases::isTemporary(*error) || is("migration.locked") || is("database.damaged"));
}

void WatchedDatabase::query(const rpc::QueryDatabase &query, std::function<void(Result<rpc::QueryResult>)> reply)
{
    const config::ConsoleAccess allowed = m_target.config.console;
    const auto closed = [&](const char *what, const char *value) {
        reply(fail("database.closed", "database `" + m_target.name + "` is not open for " + what + " from here",
                   std::string("set console = \"") + value + "\" in [" + path() + "]"));
    };
    if (allowed == config::ConsoleAccess::none)
        return closed("queries", query.write ? "write" : "read");
    if (query.write && allowed != config::ConsoleAccess::write)
        return closed("changes", "write");
    m_pool->run<rpc::QueryResult>(
        m_target.config.queryTimeout,
        [query](databases::Connection &connection) { return databases::consoleQuery(connection, query); },
        toControl<Result<rpc::QueryResult>>(std::move(reply)));
}

} // namespace mainstay::control
