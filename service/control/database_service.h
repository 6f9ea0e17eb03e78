// SPDX-License-Identifier: GPL-3.0-or-later
// The databases of the running configuration.
#pragma once

#include "config/configuration.h"
#include "control/watched_database.h"

#include <QObject>
#include <QTimer>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace mainstay::control {

// Control thread.
class DatabaseService : public QObject {
    Q_OBJECT

public:
    // How often each database is asked how it is.
    static constexpr Milliseconds kCheckEvery{3000};

    // `dataFolder` holds the files of SQLite.
    DatabaseService(std::filesystem::path dataFolder, Background &background, logs::EventLog &events);

    // Takes up what is new or changed, lets go of what is gone, and does the migrations of all.
    void adopt(const config::Named<config::DatabaseConfig> &databases);
    [[nodiscard]] std::vector<rpc::DatabaseStatus> status() const;
    // What statements of this database have to wait for: its migrations, with why they are not done where that is
    // known. Empty when they are done, and where there are none.
    [[nodiscard]] std::string waitsFor(const std::string &name) const;
    // Fails with "database.unknown", or as WatchedDatabase::query() does.
    void query(const rpc::QueryDatabase &query, std::function<void(Result<rpc::QueryResult>)> reply);

private:
    const std::filesystem::path m_dataFolder;
    Background &m_background;
    logs::EventLog &m_events;
    std::map<std::string, std::unique_ptr<WatchedDatabase>> m_databases;
    QTimer m_checks;
};

} // namespace mainstay::control
