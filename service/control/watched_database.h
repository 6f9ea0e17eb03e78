// SPDX-License-Identifier: GPL-3.0-or-later
// A database of the configuration: how it is, its migrations, and the core's own connections to it.
#pragma once

#include "control/background.h"
#include "databases/health.h"
#include "databases/migrations.h"
#include "databases/pool.h"
#include "logs/event_log.h"
#include "rpc/database_methods.h"

#include <QObject>

#include <functional>
#include <memory>
#include <string>

namespace mainstay::control {

// Control thread. Its statements run on threads of its pool, its files are read on the background's.
class WatchedDatabase : public QObject {
    Q_OBJECT

public:
    WatchedDatabase(databases::Target target, Background &background, logs::EventLog &events);
    // Leaves the end of the pool, which may take a while, to the background.
    ~WatchedDatabase() override;

    [[nodiscard]] const config::DatabaseConfig &config() const { return m_target.config; }
    [[nodiscard]] rpc::DatabaseStatus status() const;

    // Asks it how it is, unless that is under way. When it is up, migrations that something passing has stopped are
    // tried again.
    void check();
    // Does those of its folder that are not done.
    void migrate();
    // Whether all have been done, as far as migrate() was asked last.
    [[nodiscard]] bool isMigrated() const { return m_target.config.migrations.empty() || m_migrated; }
    // Why that could not be, the last time; empty when it could.
    [[nodiscard]] const std::string &migrationProblem() const { return m_status.migrationProblem; }
    // Fails with "database.closed" where the configuration does not let the console do that, or as consoleQuery() does.
    void query(const rpc::QueryDatabase &query, std::function<void(Result<rpc::QueryResult>)> reply);

private:
    // What `done` gives on a thread of the pool comes to `take` on the control thread, while this is there.
    template <class T>
    [[nodiscard]] std::function<void(T)> toControl(std::function<void(T)> take);
    void takeHealth(const Result<databases::Health> &health);
    void runMigrations(std::vector<databases::MigrationFile> files);
    void takeMigrations(const databases::MigrationOutcome &outcome);
    void setMigrationProblem(const Error *error);
    [[nodiscard]] std::string path() const;

    const databases::Target m_target;
    Background &m_background;
    logs::EventLog &m_events;
    std::unique_ptr<databases::Pool> m_pool;
    rpc::DatabaseStatus m_status;
    std::uint64_t m_file = 0; // SQLite's, as it was checked last
    bool m_checking = false;
    bool m_migrated = false;
    bool m_migrating = false;
    bool m_migrateAgain = false; // asked for meanwhile
    bool m_retryMigrations = false;
};

} // namespace mainstay::control
