// SPDX-License-Identifier: GPL-3.0-or-later
// A configuration as TOML and as JSON, and back from JSON.
#pragma once

#include "config/configuration.h"
#include "schema/object_writer.h"
#include "schema/reader.h"

#include <QJsonObject>
#include <string>

namespace mainstay::schema {

// Any thread, all of them.

// With secrets, without defaults. readConfiguration() of it gives the same configuration, whatever file it stands in:
// paths are absolute once loaded.
[[nodiscard]] std::string writeToml(const config::Configuration &configuration);

// Without secrets. {"service": {…}, "backend": {"app": {…, "server": {"a": {…}}}}}
[[nodiscard]] QJsonObject writeJson(const config::Configuration &configuration, Defaults defaults);

// Reads and validates what writeJson() gives; the problems have paths and no places. Relative paths stay relative.
[[nodiscard]] Loaded readJson(const QJsonObject &json);

// Trees to JSON and back: the same object as TOML text for a file in managed.d is writeToml(fromJson(…)).
[[nodiscard]] QJsonValue toJson(const Node &node);
[[nodiscard]] Node fromJson(const QJsonValue &json);

} // namespace mainstay::schema
