// SPDX-License-Identifier: GPL-3.0-or-later
// What the program is told when it starts, on a descriptor it inherits: nothing of it stands on the command line.
#pragma once

#include "base/result.h"
#include "config/app.h"
#include "config/database.h"

#include <QByteArray>

#include <cstdint>
#include <optional>
#include <string>

namespace mainstay::apphost {

// Immutable once read.
struct HostConfiguration {
    std::string app;
    std::string instance;
    std::uint16_t port = 0; // of 127.0.0.1; 0 takes a free one, and says which
    std::string token;
    std::string dataFolder; // of SQLite's files
    config::AppConfig config;
    std::optional<config::DatabaseConfig> database;
};

// {"app": "shop", "instance": "1", "port": 4000, "token": "…", "data": "/var/lib/mainstay/data", "configuration":
// {"app": {"shop": {…}}, "database": {"main": {…}}}}, the last as schema::writeJson() gives it. Fails with
// "apphost.configuration", naming what is wrong.
[[nodiscard]] Result<HostConfiguration> readHostConfiguration(const QByteArray &json);

// All that comes from the descriptor until its end, which is then closed. Fails with "apphost.configuration".
[[nodiscard]] Result<QByteArray> readDescriptor(int descriptor);

} // namespace mainstay::apphost
