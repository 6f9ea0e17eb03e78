// SPDX-License-Identifier: GPL-3.0-or-later
#include "schema/database_rules.h"

#include "schema/kinds.h"
#include "schema/node.h"

namespace mainstay::schema {
namespace {

using namespace config;

class DatabaseRules {
public:
    DatabaseRules(const DatabaseConfig &database, const std::string &path, Findings &findings)
        : m_database(database), m_path(path), m_findings(findings)
    {}

    void check()
    {
        const bool isServer =
            m_database.driver == DatabaseDriver::postgresql || m_database.driver == DatabaseDriver::mysql;
        const bool isOdbc = m_database.driver == DatabaseDriver::odbc;
        const bool isSqlite = m_database.driver == DatabaseDriver::sqlite;
        if (isSqlite)
            need(!m_database.file.empty(), "file", "name the database's file, as file = \"shop.db\"");
        else
            unused(m_database.file.empty(), "file", "sqlite");
        if (isServer)
            need(!m_database.name.empty(), "name", "name the database on the server");
        else
            unused(m_database.name.empty() && m_database.host.empty(), m_database.name.empty() ? "host" : "name",
                   "postgresql or mysql");
        if (isOdbc)
            checkOdbc();
        else
            unused(m_database.dsn.empty() && m_database.connectionFile.empty(),
                   m_database.dsn.empty() ? "connection_file" : "dsn", "odbc");
        if (!isOdbc)
            unused(!m_database.unguardedReads, "unguarded_reads", "odbc");
        if (isSqlite)
            unused(m_database.user.empty(), "user", "postgresql, mysql or odbc");
        if (!m_database.passwordFile.empty() && !m_database.passwordVariable.empty())
            error("database.two-passwords", "password_variable", "there is `password_file` too", "keep one of the two");
    }

private:
    void checkOdbc()
    {
        const bool hasSource = !m_database.dsn.empty();
        if (hasSource == !m_database.connectionFile.empty())
            error("database.odbc-source", hasSource ? "dsn" : "connection_file",
                  hasSource ? "there is `connection_file` too" : "nothing says what to connect to",
                  hasSource ? "keep one of the two"
                            : "set `dsn`, or `connection_file` where there is a password in it");
        const std::string lowered = lower(m_database.dsn);
        if (lowered.find("pwd=") != std::string::npos || lowered.find("password=") != std::string::npos)
            error("database.open-secret", "dsn",
                  "a password stands here, where everybody who may see the configuration sees it",
                  "put the connection string into a file, and name that in `connection_file`; or use `password_file`");
    }

    // Without white space, which drivers overlook.
    static std::string lower(std::string text)
    {
        std::erase_if(text, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
        for (char &c : text)
            c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        return text;
    }

    void need(bool present, const char *setting, const char *remedy)
    {
        if (!present)
            error("database.incomplete", setting,
                  "this setting is required with driver `" + std::string(enumName(m_database.driver)) + "`", remedy);
    }
    void unused(bool absent, const char *setting, const char *drivers)
    {
        if (!absent)
            error("database.unfit", setting,
                  "driver `" + std::string(enumName(m_database.driver)) + "` does not look at this",
                  std::string("leave it out, or set `driver` to ") + drivers);
    }
    void error(const char *code, const char *setting, std::string message, std::string remedy)
    {
        const std::string where = joinPath(m_path, setting);
        if (!m_findings.concern(where))
            m_findings.error(code, where, std::move(message), std::move(remedy));
    }

    const DatabaseConfig &m_database;
    const std::string &m_path;
    Findings &m_findings;
};

} // namespace

void checkDatabase(const DatabaseConfig &database, const std::string &path, Findings &findings)
{
    DatabaseRules(database, path, findings).check();
}

} // namespace mainstay::schema
