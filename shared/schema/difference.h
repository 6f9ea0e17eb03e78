// SPDX-License-Identifier: GPL-3.0-or-later
// What changes from one configuration to another, object by object.
#pragma once

#include "config/configuration.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mainstay::schema {

// Immutable. Values as TOML writes them; empty where the setting has none. Secrets are hidden.
struct SettingChange {
    std::string name; // "weight", "route[1].backend"
    std::string before;
    std::string after;

    friend bool operator==(const SettingChange &, const SettingChange &) = default;
};

// Immutable. An object that is added or removed lists the settings that are not at their defaults.
struct ObjectChange {
    enum class Kind : std::uint8_t { added, removed, changed };

    Kind kind = Kind::changed;
    std::string path; // "backend.app.server.a"
    std::vector<SettingChange> settings;

    friend bool operator==(const ObjectChange &, const ObjectChange &) = default;
};

[[nodiscard]] std::string_view changeName(ObjectChange::Kind kind);

// Any thread. In the order of kinds and names; an object before those within it.
[[nodiscard]] std::vector<ObjectChange> difference(const config::Configuration &before,
                                                   const config::Configuration &after);

} // namespace mainstay::schema
