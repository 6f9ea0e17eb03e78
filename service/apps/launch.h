// SPDX-License-Identifier: GPL-3.0-or-later
// From an app's configuration to what the guard is asked to run.
#pragma once

#include "apps/instance.h"
#include "base/result.h"
#include "config/configuration.h"
#include "handover/app_spec.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

namespace mainstay::apps {

// Immutable. Where things are.
struct Surroundings {
    std::filesystem::path config;
    std::filesystem::path state;
    std::filesystem::path runtime;
    std::filesystem::path appHost; // the program
};

// Immutable.
struct Launch {
    handover::AppSpec spec;
    std::optional<std::string> inherited; // what the program finds at its descriptor 3
};

// Control thread. Of all that instances of the app are started with: when it changes, they are replaced. Reads the
// app's environment file.
[[nodiscard]] std::string fingerprintOf(const std::string &app, const config::Configuration &configuration);

// Control thread. Whether nothing of the app, which both have, differs: neither its own settings nor those of its
// database. Of one with an environment file that is not known without reading.
[[nodiscard]] bool isSurelyTheSame(const std::string &app, const config::Configuration &left,
                                   const config::Configuration &right);

// Control thread. Makes the folder that the instance may keep things in. Fails with "app.environment" or
// "app.folder".
[[nodiscard]] Result<Launch> launchOf(const InstanceIdentity &instance, const config::Configuration &configuration,
                                      const Surroundings &surroundings);

// Control thread. A port of 127.0.0.1 that nobody listens on and that is not among those `given` out, on which somebody
// may yet; or the path of a socket that is not there. A port is outside the range that the system gives to outgoing
// connections, so that it stays free. Fails with "app.no-port" or "app.socket-path".
[[nodiscard]] Result<PeerAddress> freeAddress(config::AppListen listen, const std::string &runName,
                                              const std::set<std::uint16_t> &given, const Surroundings &surroundings);

} // namespace mainstay::apps
