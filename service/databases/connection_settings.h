// SPDX-License-Identifier: GPL-3.0-or-later
// What a driver is handed to connect, made from the configuration.
#pragma once

#include "base/result.h"
#include "config/database.h"
#include "databases/secrets.h"

#include <QString>

#include <cstdint>
#include <filesystem>
#include <string>

namespace mainstay::databases {

// Immutable.
struct ConnectionSettings {
    QString driver; // of Qt: "QPSQL"
    QString host;
    int port = -1;
    QString name; // database, file or data source
    QString user;
    QString password;
    QString options;
    std::filesystem::path file; // SQLite's
    Redaction redaction;
};

// Any thread that may block on a disk. Reads the secrets anew, so that a changed one is used with the next connection.
// Fails as readSecretFile() does, or with "secret.missing" when the variable is not set.
[[nodiscard]] Result<ConnectionSettings> connectionSettings(const config::DatabaseConfig &config,
                                                            const std::filesystem::path &dataFolder);

// File, server or data source, without secrets: "postgresql://db:5432/shop".
[[nodiscard]] std::string targetText(const config::DatabaseConfig &config);

} // namespace mainstay::databases
