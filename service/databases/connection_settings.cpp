// SPDX-License-Identifier: GPL-3.0-or-later
#include "databases/connection_settings.h"

#include "databases/odbc_string.h"

#include <cstdlib>

namespace mainstay::databases {
namespace {

using config::DatabaseConfig;
using config::DatabaseDriver;

QString qt(const std::string &text)
{
    return QString::fromStdString(text);
}

// Whole seconds, rounded up.
QString seconds(Milliseconds time)
{
    return QString::number((time.count() + 999) / 1000);
}

Result<std::string> passwordOf(const DatabaseConfig &config)
{
    if (!config.passwordFile.empty())
        return readSecretFile(config.passwordFile);
    if (config.passwordVariable.empty())
        return std::string();
    const char *value = std::getenv(config.passwordVariable.c_str()); // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (!value)
        return fail("secret.missing", "the variable " + config.passwordVariable + " is not set for the service",
                    "set it, or use `password_file`");
    return std::string(value);
}

// libpq takes the folder of the socket, whose file's name holds the port.
void useUnixSocket(const std::string &path, ConnectionSettings &settings)
{
    constexpr std::string_view kName = ".s.PGSQL.";
    const std::filesystem::path file(path);
    const std::string name = file.filename().string();
    if (!name.starts_with(kName)) {
        settings.host = qt(path);
        return;
    }
    settings.host = qt(file.parent_path().string());
    settings.port = std::atoi(name.c_str() + kName.size());
}

void fillPostgresql(const DatabaseConfig &config, ConnectionSettings &settings)
{
    settings.driver = QStringLiteral("QPSQL");
    if (config.host.starts_with("/"))
        useUnixSocket(config.host, settings);
    // A machine that is gone without a word is noticed within a minute, whether it has a statement to answer or not.
    // One that thinks about a statement answers the probes all the while.
    settings.options = QStringLiteral("connect_timeout=%1;keepalives_idle=10;keepalives_interval=5;keepalives_count=3;"
                                      "tcp_user_timeout=25000;application_name=mainstay")
                           .arg(seconds(config.connectTimeout));
}

void fillMysql(const DatabaseConfig &config, ConnectionSettings &settings)
{
    settings.driver = QStringLiteral("QMYSQL");
    const QString patience = seconds(Milliseconds(config.queryTimeout) + Milliseconds(config.connectTimeout));
    settings.options =
        QStringLiteral("MYSQL_OPT_CONNECT_TIMEOUT=%1;MYSQL_OPT_READ_TIMEOUT=%2;MYSQL_OPT_WRITE_TIMEOUT=%2")
            .arg(seconds(config.connectTimeout), patience);
    // The client library goes to the machine's own socket for "localhost", whatever port is named.
    if (config.port > 0 && (config.host.empty() || config.host == "localhost"))
        settings.host = QStringLiteral("127.0.0.1");
    if (!config.host.starts_with("/"))
        return;
    settings.host = QStringLiteral("localhost");
    settings.options += QStringLiteral(";UNIX_SOCKET=") + qt(config.host);
}

Result<> fillOdbc(const DatabaseConfig &config, ConnectionSettings &settings)
{
    settings.driver = QStringLiteral("QODBC");
    settings.host.clear();
    settings.port = -1;
    settings.options = QStringLiteral("SQL_ATTR_LOGIN_TIMEOUT=%1").arg(seconds(config.connectTimeout));
    std::string source = config.dsn;
    if (!config.connectionFile.empty()) {
        Result<std::string> read = readSecretFile(config.connectionFile);
        if (!read)
            return forward(std::move(read));
        source = std::move(*read);
        settings.redaction.add(source);
    }
    for (const std::string &secret : odbcSecrets(source))
        settings.redaction.add(secret);
    settings.name = qt(odbcSource(source));
    settings.password = qt(odbcValue(settings.password.toStdString()));
    return {};
}

} // namespace

Result<ConnectionSettings> connectionSettings(const DatabaseConfig &config, const std::filesystem::path &dataFolder)
{
    ConnectionSettings settings;
    Result<std::string> password = passwordOf(config);
    if (!password)
        return forward(std::move(password));
    settings.redaction.add(*password);
    settings.password = qt(*password);
    settings.user = qt(config.user);
    settings.name = qt(config.name);
    settings.host = qt(config.host);
    settings.port = config.port > 0 ? config.port : -1;
    switch (config.driver) {
    case DatabaseDriver::sqlite:
        settings.driver = QStringLiteral("QSQLITE");
        settings.file = dataFolder / config.file.path; // an absolute one stands for itself
        settings.name = qt(settings.file.string());
        break;
    case DatabaseDriver::postgresql:
        fillPostgresql(config, settings);
        break;
    case DatabaseDriver::mysql:
        fillMysql(config, settings);
        break;
    case DatabaseDriver::odbc:
        if (Result<> filled = fillOdbc(config, settings); !filled)
            return forward(std::move(filled));
        break;
    }
    return settings;
}

std::string targetText(const DatabaseConfig &config)
{
    const auto server = [&](const char *scheme) {
        std::string text = std::string(scheme) + "://" + (config.host.empty() ? "localhost" : config.host);
        if (config.port > 0)
            text += ":" + std::to_string(config.port);
        return text + "/" + config.name;
    };
    switch (config.driver) {
    case DatabaseDriver::sqlite:
        return config.file.path;
    case DatabaseDriver::postgresql:
        return server("postgresql");
    case DatabaseDriver::mysql:
        return server("mysql");
    case DatabaseDriver::odbc:
        break;
    }
    if (!config.connectionFile.empty())
        return "odbc: " + config.connectionFile.path;
    Redaction redaction; // somebody may have written it here all the same
    for (const std::string &secret : odbcSecrets(config.dsn))
        redaction.add(secret);
    return "odbc: " + redaction.apply(config.dsn);
}

} // namespace mainstay::databases
