// SPDX-License-Identifier: GPL-3.0-or-later
// What a configuration says, brought to the workers.
#pragma once

#include "control/app_service.h"
#include "control/cache_service.h"
#include "control/cell_registry.h"
#include "control/listening_sockets.h"
#include "control/log_service.h"
#include "control/server_overrides.h"
#include "control/snapshot_builder.h"

#include <cstdint>

namespace mainstay::control {

// Control thread.
class Publisher {
public:
    struct Parts {
        CellRegistry &cells;
        SnapshotBuilder &builder;
        DataPlanes &planes;
        ServerOverrides &overrides;
        AppService *apps = nullptr;     // null: there are none
        LogService *logs = nullptr;     // null: no requests are written down
        CacheService *caches = nullptr; // null: there are none
    };

    explicit Publisher(const Parts &parts) : m_parts(parts) {}

    // Builds the next snapshot, and hands it to every worker.
    void publish(const config::Configuration &configuration, const Prepared &prepared);
    // Calls `done` when every worker serves what was published, and listens where it was told to.
    void settle(engine::Job done);
    // Drops the counters and states of what is no longer there. When nothing is in use that publish() did not bring.
    void forgetOthers(const config::Configuration &configuration);

    // How often it has.
    [[nodiscard]] std::uint64_t count() const noexcept { return m_count; }

private:
    void applyServerStates(const config::Configuration &configuration);

    Parts m_parts;
    std::uint64_t m_count = 0;
};

} // namespace mainstay::control
