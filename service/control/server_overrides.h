// SPDX-License-Identifier: GPL-3.0-or-later
// What an operator has set on servers by hand: a layer of its own over the configuration, that a reload leaves alone.
#pragma once

#include "base/problem.h"
#include "base/result.h"
#include "config/backend.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace mainstay::control {

// Immutable.
struct ServerOverride {
    std::optional<config::ServerState> state;
    std::optional<std::uint32_t> weight;

    [[nodiscard]] bool isEmpty() const noexcept { return !state && !weight; }
    friend bool operator==(const ServerOverride &, const ServerOverride &) = default;
};

// Control thread. Kept in STATE/overrides.json, so that a server taken out for maintenance stays out when the service
// restarts.
class ServerOverrides {
public:
    using Key = std::pair<std::string, std::string>; // backend, server

    explicit ServerOverrides(const std::filesystem::path &stateFolder);

    // What stands in the file. A file that cannot be understood is kept aside and is a problem.
    Problems load();

    // Empty when there is none.
    [[nodiscard]] ServerOverride find(const Key &key) const;
    // Stores it first; on failure nothing has changed. An empty override removes it.
    Result<> set(const Key &key, const ServerOverride &value);

private:
    [[nodiscard]] Result<> store(const std::map<Key, ServerOverride> &overrides) const;

    std::filesystem::path m_file;
    std::map<Key, ServerOverride> m_overrides;
};

} // namespace mainstay::control
