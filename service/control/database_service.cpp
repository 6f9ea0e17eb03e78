// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/database_service.h"

namespace mainstay::control {

DatabaseService::DatabaseService(std::filesystem::path dataFolder, Background &background, logs::EventLog &events)
    : m_dataFolder(std::move(dataFolder)), m_background(background), m_events(events)
{
    connect(&m_checks, &QTimer::timeout, this, [this] {
        for (const auto &[name, database] : m_databases)
            database->check();
    });
    m_checks.start(kCheckEvery);
}

void DatabaseService::adopt(const config::Named<config::DatabaseConfig> &databases)
{
    std::erase_if(m_databases, [&](const auto &one) {
        const auto now = databases.find(one.first);
        return now == databases.end() || now->second != one.second->config();
    });
    for (const auto &[name, config] : databases) {
        std::unique_ptr<WatchedDatabase> &database = m_databases[name];
        if (!database)
            database = std::make_unique<WatchedDatabase>(databases::Target{name, config, m_dataFolder}, m_background,
                                                         m_events);
        database->check();
        database->migrate();
    }
}

std::vector<rpc::DatabaseStatus> DatabaseService::status() const
{
    std::vector<rpc::DatabaseStatus> all;
    for (const auto &[name, database] : m_databases)
        all.push_back(database->status());
    return all;
}

std::string DatabaseService::waitsFor(const std::string &name) const
{
    const auto found = m_databases.find(name);
    if (found == m_databases.end() || found->second->isMigrated())
        return "";
    const std::string &problem = found->second->migrationProblem();
    return "waits for the migrations of database " + name + (problem.empty() ? "" : ": " + problem);
}

void DatabaseService::query(const rpc::QueryDatabase &query, std::function<void(Result<rpc::QueryResult>)> reply)
{
    const auto found = m_databases.find(query.database);
    if (found == m_databases.end())
        return reply(
            fail("database.unknown", "there is no database `" + query.database + "`", "see mainstayctl database list"));
    found->second->query(query, std::move(reply));
}

} // namespace mainstay::control
