// SPDX-License-Identifier: GPL-3.0-or-later
// Parameters whose type PostgreSQL cannot tell by where they stand.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mainstay::databases {

// By name, of those whose type is known: "BIGINT".
using ParameterTypes = std::map<std::string, std::string, std::less<>>;

// Any thread. For each parameter of the statement in turn what it is to be made; empty where its place tells its type.
// A text where any type will do: before IS NULL, and in CONCAT(), CONCAT_WS() and FORMAT(); its own where it is a
// column.
[[nodiscard]] std::vector<std::string> castsOf(std::string_view sql, const ParameterTypes &types);

} // namespace mainstay::databases
