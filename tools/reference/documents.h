// SPDX-License-Identifier: GPL-3.0-or-later
// The documents of docs/reference. Each is made by a file of its own, in which all templates over what it describes
// are instantiated.
#pragma once

#include "reference/sections.h"

#include <string>
#include <string_view>
#include <vector>

namespace mainstay::reference {

// Any thread, all of them.

[[nodiscard]] std::vector<Section> configurationSections();
[[nodiscard]] std::string configurationManual();
// JSON Schema.
[[nodiscard]] std::string configurationSchema();
[[nodiscard]] std::string managementManual();
// What rpc.discover answers.
[[nodiscard]] std::string managementOpenRpc();
[[nodiscard]] std::string commandsManual();

// TOML that shows a kind of object in use, by the header of its section; empty where there is none. All of them
// together are a configuration without problems.
[[nodiscard]] std::string_view exampleOf(std::string_view header);

} // namespace mainstay::reference
